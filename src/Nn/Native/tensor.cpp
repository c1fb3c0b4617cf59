// Tensors: making them, moving bytes, gradients.
#include <cstring>

#include "guard.h"

using ap::make;
using ap::run;
using ap::t;

namespace {

at::TensorOptions options(int type, int device) { return at::TensorOptions().dtype(ap::scalar_type(type)).device(ap::device(device)); }

void check_bytes(const at::Tensor &tensor, int64_t bytes) {
  TORCH_CHECK(static_cast<int64_t>(tensor.nbytes()) == bytes, "a tensor of shape ", tensor.sizes(), " and type ", tensor.scalar_type(), " holds ",
              tensor.nbytes(), " bytes, but ", bytes, " were given");
}

}  // namespace

ap_tensor ap_from_bytes(const void *data, int64_t bytes, const int64_t *shape, int rank, int type, int device) {
  return make([&] {
    auto tensor = at::empty(at::IntArrayRef(shape, rank), options(type, -1));
    check_bytes(tensor, bytes);
    if (bytes > 0) {
      std::memcpy(tensor.data_ptr(), data, static_cast<size_t>(bytes));
    }
    return device < 0 ? tensor : tensor.to(ap::device(device));
  });
}

ap_tensor ap_full(double value, const int64_t *shape, int rank, int type, int device) {
  return make([&] { return at::full(at::IntArrayRef(shape, rank), value, options(type, device)); });
}

int ap_copy_to_bytes(ap_tensor tensor, void *data, int64_t bytes) {
  return run([&] {
    check_bytes(t(tensor), bytes);
    const auto dense = t(tensor).detach().to(at::kCPU).contiguous();
    if (bytes > 0) {
      std::memcpy(data, dense.data_ptr(), static_cast<size_t>(bytes));
    }
  });
}

int ap_copy_from_bytes(ap_tensor tensor, const void *data, int64_t bytes) {
  return run([&] {
    auto target = t(tensor).detach();
    check_bytes(target, bytes);
    const auto source = at::empty(target.sizes(), target.options().device(at::kCPU).memory_format(at::MemoryFormat::Contiguous));
    if (bytes > 0) {
      std::memcpy(source.data_ptr(), data, static_cast<size_t>(bytes));
    }
    target.copy_(source);
  });
}

int ap_copy_(ap_tensor tensor, ap_tensor source) {
  return run([&] { t(tensor).detach().copy_(t(source).detach()); });
}

void ap_free(ap_tensor tensor) {
  if (tensor != nullptr) {
    ap::run([&] { delete static_cast<at::Tensor *>(tensor); });
    ap::live_handles.fetch_sub(1, std::memory_order_relaxed);
  }
}

int ap_rank(ap_tensor tensor) {
  return ap::guarded(-1, [&] { return static_cast<int>(t(tensor).dim()); });
}

int64_t ap_size(ap_tensor tensor, int dimension) {
  return ap::guarded(int64_t{-1}, [&] { return t(tensor).size(dimension); });
}

int ap_type(ap_tensor tensor) {
  return ap::guarded(-1, [&] { return ap::type_number(t(tensor).scalar_type()); });
}

int ap_device(ap_tensor tensor) {
  return ap::guarded(-2, [&] { return t(tensor).is_cuda() ? static_cast<int>(t(tensor).get_device()) : -1; });
}

int ap_is_channels_last(ap_tensor tensor) {
  return ap::guarded(-1, [&] { return t(tensor).dim() == 4 && t(tensor).is_contiguous(at::MemoryFormat::ChannelsLast) ? 1 : 0; });
}

ap_tensor ap_to(ap_tensor tensor, int type, int device, int channels_last) {
  return make([&] {
    const auto &x = t(tensor);
    const auto target_type = type == -2 ? x.scalar_type() : ap::scalar_type(type);
    const auto target_device = device == -2 ? x.device() : ap::device(device);
    const auto format = channels_last == 0 ? at::MemoryFormat::Preserve
                        : channels_last > 0 && x.dim() == 4 ? at::MemoryFormat::ChannelsLast
                                                            : at::MemoryFormat::Contiguous;
    return x.to(target_device, target_type, /*non_blocking=*/false, /*copy=*/false, format);
  });
}

ap_tensor ap_detach(ap_tensor tensor) {
  return make([&] { return t(tensor).detach(); });
}

ap_tensor ap_clone(ap_tensor tensor) {
  return make([&] { return t(tensor).clone(); });
}

int ap_set_requires_grad(ap_tensor tensor, int value) {
  return run([&] { t(tensor).set_requires_grad(value != 0); });
}

int ap_grad(ap_tensor tensor, ap_tensor *grad) {
  return run([&] {
    const auto &g = t(tensor).grad();
    *grad = g.defined() ? ap::wrap(g) : nullptr;
  });
}

int ap_clear_grad(ap_tensor tensor) {
  return run([&] { t(tensor).mutable_grad() = at::Tensor(); });
}

int ap_backward(ap_tensor loss) {
  return run([&] { t(loss).backward(); });
}

int ap_item(ap_tensor tensor, double *value) {
  return run([&] { *value = t(tensor).detach().to(at::kDouble).item<double>(); });
}
