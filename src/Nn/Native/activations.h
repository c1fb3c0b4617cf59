// Activations whose gradient libtorch lacks in some precision.
#pragma once

#include <ATen/ATen.h>

namespace ap {

// min(max(x, 0), 6). libtorch 1.13 has no gradient of hardtanh for bfloat16 on the CPU, but of its two halves; they differ at exactly 6, where the
// gradient passes.
inline at::Tensor relu_to_six(const at::Tensor &x) {
  return x.scalar_type() == at::kBFloat16 && x.device().is_cpu() ? at::clamp_max(at::relu(x), 6) : at::hardtanh(x, 0, 6);
}

}  // namespace ap
