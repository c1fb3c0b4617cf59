// What every exported function runs in: exceptions become messages, time is accounted, thread settings are applied.
#pragma once

#include <ATen/ATen.h>
#include <immintrin.h>
#include <torch/version.h>

#include <atomic>
#include <chrono>
#include <exception>
#include <optional>
#include <string>

#include "actorprune_torch.h"

namespace ap {

struct ThreadState {
  std::string error;
  int64_t nanoseconds = 0;
  int threads = 1;
  int depth = 0;
  bool threads_applied = false;
};

ThreadState &state();
void apply_threads(ThreadState &s);
void start_once();
extern std::atomic<int64_t> live_handles;

inline at::Tensor &t(ap_tensor handle) {
  TORCH_CHECK(handle != nullptr, "a tensor was used that its scope has already freed");
  return *static_cast<at::Tensor *>(handle);
}

// c10's own type became the standard's before its name went away.
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 6)
using MaybeTensor = std::optional<at::Tensor>;
#else
using MaybeTensor = c10::optional<at::Tensor>;
#endif

inline MaybeTensor maybe(ap_tensor handle) {
  return handle == nullptr ? MaybeTensor() : MaybeTensor(*static_cast<at::Tensor *>(handle));
}

inline ap_tensor wrap(at::Tensor tensor) {
  auto *handle = new at::Tensor(std::move(tensor));
  live_handles.fetch_add(1, std::memory_order_relaxed);
  return handle;
}

c10::ScalarType scalar_type(int type);
int type_number(c10::ScalarType type);
c10::Device device(int number);

// Denormals are flushed only inside: managed code on the same thread keeps IEEE arithmetic.
class Entry {
 public:
  Entry() : s_(state()), csr_(_mm_getcsr()), start_(std::chrono::steady_clock::now()) {
    _mm_setcsr(csr_ | 0x8040);
    s_.depth++;
    if (!s_.threads_applied) {
      start_once();
      apply_threads(s_);
    }
  }
  ~Entry() {
    _mm_setcsr(csr_);
    if (--s_.depth == 0) {
      s_.nanoseconds += std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - start_).count();
    }
  }
  Entry(const Entry &) = delete;
  Entry &operator=(const Entry &) = delete;

 private:
  ThreadState &s_;
  unsigned csr_;
  std::chrono::steady_clock::time_point start_;
};

template <typename R, typename F>
R guarded(R failure, F &&body) noexcept {
  Entry entry;
  try {
    return body();
  } catch (const c10::Error &e) {
    state().error = e.what_without_backtrace();
  } catch (const std::exception &e) {
    state().error = e.what();
  } catch (...) {
    state().error = "an exception of unknown type left libtorch";
  }
  return failure;
}

template <typename F>
ap_tensor make(F &&body) noexcept {
  return guarded(static_cast<ap_tensor>(nullptr), [&] { return wrap(body()); });
}

template <typename F>
int run(F &&body) noexcept {
  return guarded(1, [&] {
    body();
    return 0;
  });
}

}  // namespace ap
