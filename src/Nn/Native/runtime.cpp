// Errors, threads, accounting, and what this machine can do.
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <c10/core/GradMode.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>
#include <omp.h>
#include <torch/version.h>

#include <cstring>
#include <mutex>
#include <sstream>

#include "guard.h"

namespace ap {

std::atomic<int64_t> live_handles{0};

ThreadState &state() {
  thread_local ThreadState s;
  return s;
}

void install_allocator();

void start_once() {
  static std::once_flag once;
  std::call_once(once, [] {
    install_allocator();
    // A BLAS with a thread pool of its own would make results depend on the machine's core count. Found among the libraries libtorch loaded.
    if (auto *set = reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))) {
      set(1);
    }
    // The fastest algorithm of the moment would give other digits at the next run; TF32 would give fewer of them than float32 has.
    at::globalContext().setDeterministicCuDNN(true);
    at::globalContext().setBenchmarkCuDNN(false);
    at::globalContext().setAllowTF32CuDNN(false);
    at::globalContext().setAllowTF32CuBLAS(false);
  });
}

void apply_threads(ThreadState &s) {
  // OpenMP keeps this number per calling thread; at::set_num_threads would change the default of all threads that come later.
  // A thread's first parallel operation sets libtorch's default, half of the cores or OMP_NUM_THREADS: let it happen before. Once in
  // libtorch's own copy of that function, once in the copy that at::parallel_for brings into this library.
  at::get_num_threads();
  at::internal::lazy_init_num_threads();
  omp_set_num_threads(s.threads);
  s.threads_applied = true;
}

c10::ScalarType scalar_type(int type) {
  switch (type) {
    case AP_UINT8:
      return at::kByte;
    case AP_INT64:
      return at::kLong;
    case AP_FLOAT32:
      return at::kFloat;
    case AP_BFLOAT16:
      return at::kBFloat16;
    default:
      TORCH_CHECK(false, "element type ", type, " is unknown");
  }
}

int type_number(c10::ScalarType type) {
  switch (type) {
    case at::kByte:
      return AP_UINT8;
    case at::kLong:
      return AP_INT64;
    case at::kFloat:
      return AP_FLOAT32;
    case at::kBFloat16:
      return AP_BFLOAT16;
    default:
      TORCH_CHECK(false, "element type ", c10::toString(type), " is not used here");
  }
}

c10::Device device(int number) {
  return number < 0 ? c10::Device(at::kCPU) : c10::Device(at::kCUDA, static_cast<c10::DeviceIndex>(number));
}

namespace {

std::string quoted(const std::string &text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
    }
    out += static_cast<unsigned char>(c) < 32 ? ' ' : c;
  }
  return out + "\"";
}

const char *flag(bool value) { return value ? "true" : "false"; }

std::string blas_name() {
  using Config = char *(*)();
  if (auto config = reinterpret_cast<Config>(dlsym(RTLD_DEFAULT, "openblas_get_config"))) {
    return config();
  }
  return at::hasMKL() ? "MKL" : "unknown";
}

std::string capabilities() {
  __builtin_cpu_init();
  const int devices = at::hasCUDA() ? static_cast<int>(c10::impl::VirtualGuardImpl(at::kCUDA).deviceCount()) : 0;
  bool amx = false;
#if defined(__GNUC__) && __GNUC__ >= 13
  amx = __builtin_cpu_supports("amx-bf16");
#else
  // Older compilers do not know the name: CPUID leaf 7, EDX bit 22.
  unsigned a = 7, b = 0, c = 0, d = 0;
  __asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  amx = (d >> 22) & 1;
#endif
  std::ostringstream json;
  json << "{\"libtorch\":" << quoted(TORCH_VERSION) << ",\"blas\":" << quoted(blas_name()) << ",\"oneDnn\":" << flag(at::hasMKLDNN())
       << ",\"openMp\":" << flag(at::hasOpenMP()) << ",\"avx2\":" << flag(__builtin_cpu_supports("avx2"))
       << ",\"avx512\":" << flag(__builtin_cpu_supports("avx512bw"))
       << ",\"avx512Bf16\":" << flag(__builtin_cpu_supports("avx512bf16")) << ",\"amxBf16\":" << flag(amx)
       << ",\"cuda\":" << flag(devices > 0) << ",\"cudaDevices\":" << devices << "}";
  return json.str();
}

}  // namespace
}  // namespace ap

const char *ap_last_error(void) { return ap::state().error.c_str(); }

int64_t ap_live_handles(void) { return ap::live_handles.load(std::memory_order_relaxed); }

int ap_set_num_threads(int threads) {
  return ap::run([&] {
    TORCH_CHECK(threads >= 1 && threads <= 1024, "the number of intra-op threads is ", threads, ", but must be between 1 and 1024");
    ap::state().threads = threads;
    ap::apply_threads(ap::state());
  });
}

int ap_get_num_threads(void) {
  ap::Entry entry;
  return omp_get_max_threads();
}

int64_t ap_native_nanoseconds(int reset) {
  auto &s = ap::state();
  const auto value = s.nanoseconds;
  if (reset) {
    s.nanoseconds = 0;
  }
  return value;
}

int ap_capabilities(char *buffer, int length) {
  return ap::guarded(-1, [&] {
    const auto text = ap::capabilities();
    if (buffer != nullptr && length > static_cast<int>(text.size())) {
      std::memcpy(buffer, text.c_str(), text.size() + 1);
    }
    return static_cast<int>(text.size());
  });
}

int ap_set_grad_enabled(int enabled) {
  const bool before = c10::GradMode::is_enabled();
  c10::GradMode::set_enabled(enabled != 0);
  return before ? 1 : 0;
}
