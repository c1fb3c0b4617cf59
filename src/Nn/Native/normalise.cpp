// Batch norm with what follows it (a residual sum, ReLU or ReLU6) as one operation with its gradient. Unfused, these are as many passes over memory
// as the convolutions between them take time for.
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "activations.h"
#include "guard.h"
#include "normalise_kernels.h"

namespace ap {

const NormKernels &norm_kernels() {
#if defined(__x86_64__)
  static const NormKernels &best = __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") ? norm_kernels_v4
                                   : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")        ? norm_kernels_v3
                                                                                                            : norm_kernels_v2;
  return best;
#else
  return norm_kernels_v2;
#endif
}

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
// Sums run in float32 over at most this many elements before they are added up in double: the result does not depend on the number of threads.
constexpr int64_t kChunk = 1 << 15;

struct Range {
  float low, high;
};

Range range_of(int activation) { return {activation == 0 ? -kInfinity : 0.0f, activation == 2 ? 6.0f : kInfinity}; }

// Channels innermost, repeated so that the loops over it need no remainder and have independent sums to run in parallel.
int period_of(int64_t channels) {
  const int64_t common = std::lcm(channels, int64_t{16});
  return static_cast<int>(common * ((128 + common - 1) / common));
}

std::vector<float> repeated(const std::vector<float> &values, int period) {
  std::vector<float> out(static_cast<size_t>(period));
  for (size_t i = 0; i < out.size(); i++) {
    out[i] = values[i % values.size()];
  }
  return out;
}

std::vector<float> floats(const at::Tensor &tensor) {
  const auto dense = tensor.detach().to(at::kFloat).contiguous();
  return std::vector<float>(dense.data_ptr<float>(), dense.data_ptr<float>() + dense.numel());
}

at::Tensor tensor_of(const std::vector<float> &values) {
  auto tensor = at::empty({static_cast<int64_t>(values.size())}, at::TensorOptions().dtype(at::kFloat));
  std::copy(values.begin(), values.end(), tensor.data_ptr<float>());
  return tensor;
}

at::Tensor innermost(const at::Tensor &x) { return x.contiguous(x.dim() == 4 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous); }

at::Tensor like(const at::Tensor &x) {
  return at::empty(x.sizes(), x.options().memory_format(x.dim() == 4 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous));
}

bool is_half(const at::Tensor &x) { return x.scalar_type() == at::kBFloat16; }

// Splits count elements into chunks that begin at period boundaries; body(chunk, start, length).
template <typename Body>
int64_t chunks(int64_t count, int period, Body body) {
  const int64_t size = std::max<int64_t>(1, kChunk / period) * period;
  const int64_t n = (count + size - 1) / size;
  at::parallel_for(0, n, 4, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
      body(i, i * size, std::min(size, count - i * size));
    }
  });
  return n;
}

int64_t chunk_count(int64_t count, int period) {
  const int64_t size = std::max<int64_t>(1, kChunk / period) * period;
  return (count + size - 1) / size;
}

// Adds the chunks' sums up per channel, in the chunks' order.
std::vector<double> gathered(const std::vector<float> &sums, int64_t n, int period, int64_t channels) {
  std::vector<double> totals(static_cast<size_t>(channels), 0.0);
  for (int64_t i = 0; i < n; i++) {
    for (int j = 0; j < period; j++) {
      totals[static_cast<size_t>(j % channels)] += sums[static_cast<size_t>(i * period + j)];
    }
  }
  return totals;
}

const char *at_element(const at::Tensor &x, int64_t element) { return static_cast<const char *>(x.data_ptr()) + element * static_cast<int64_t>(x.element_size()); }

struct Statistics {
  std::vector<float> mean, inverse_deviation;
};

Statistics batch_statistics(const at::Tensor &x, at::Tensor running_mean, at::Tensor running_variance, double momentum, double epsilon) {
  const int64_t channels = x.size(1), count = x.numel(), rows = count / channels;
  TORCH_CHECK(rows > 1, "batch norm in training needs more than one value per channel, but the input has shape ", x.sizes());
  const int period = period_of(channels);
  // Sums about the first row's values: a mean far from 0 costs no digits of the variance.
  auto first = x.dim() == 4 ? x.select(0, 0).select(1, 0).select(1, 0) : x.select(0, 0);
  const auto pivots = floats(first);
  const auto pivot = repeated(pivots, period);
  const auto n = chunk_count(count, period);
  std::vector<float> sums(static_cast<size_t>(n * period), 0.0f), squares(sums.size(), 0.0f);
  chunks(count, period, [&](int64_t i, int64_t start, int64_t length) {
    norm_kernels().moments({at_element(x, start), pivot.data(), sums.data() + i * period, squares.data() + i * period, length, period}, is_half(x));
  });
  const auto sum = gathered(sums, n, period, channels), square = gathered(squares, n, period, channels);
  Statistics s;
  auto *means = running_mean.data_ptr<float>(), *variances = running_variance.data_ptr<float>();
  for (int64_t c = 0; c < channels; c++) {
    const double offset = sum[c] / static_cast<double>(rows);
    const double variance = square[c] / static_cast<double>(rows) - offset * offset;
    const double mean = pivots[c] + offset, positive = variance < 0 ? 0 : variance;
    s.mean.push_back(static_cast<float>(mean));
    s.inverse_deviation.push_back(static_cast<float>(1 / std::sqrt(positive + epsilon)));
    means[c] = static_cast<float>((1 - momentum) * means[c] + momentum * mean);
    variances[c] = static_cast<float>((1 - momentum) * variances[c] + momentum * positive * static_cast<double>(rows) / static_cast<double>(rows - 1));
  }
  return s;
}

Statistics running_statistics(const at::Tensor &mean, const at::Tensor &variance, double epsilon) {
  Statistics s{floats(mean), floats(variance)};
  for (auto &v : s.inverse_deviation) {
    v = static_cast<float>(1 / std::sqrt(static_cast<double>(v) + epsilon));
  }
  return s;
}

// scale·x + shift is the normalised value.
struct Affine {
  std::vector<float> scale, shift;
};

Affine affine_of(const Statistics &s, const at::Tensor &weight, const at::Tensor &bias) {
  Affine a{floats(weight), floats(bias)};
  for (size_t c = 0; c < a.scale.size(); c++) {
    a.scale[c] *= s.inverse_deviation[c];
    a.shift[c] -= a.scale[c] * s.mean[c];
  }
  return a;
}

struct NormFunction : torch::autograd::Function<NormFunction> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &input, const at::Tensor &weight, const at::Tensor &bias,
                            const MaybeTensor &sum, const at::Tensor &mean, const at::Tensor &variance, bool training, double momentum,
                            double epsilon, int64_t activation) {
    const auto x = innermost(input);
    const auto residual = sum.has_value() ? innermost(sum->to(x.scalar_type())) : at::Tensor();
    const auto statistics = training ? batch_statistics(x, mean, variance, momentum, epsilon) : running_statistics(mean, variance, epsilon);
    const auto affine = affine_of(statistics, weight, bias);
    const int period = period_of(x.size(1));
    const auto scale = repeated(affine.scale, period), shift = repeated(affine.shift, period);
    const auto range = range_of(static_cast<int>(activation));
    const auto y = like(x);
    chunks(x.numel(), period, [&](int64_t, int64_t start, int64_t length) {
      norm_kernels().affine({at_element(x, start), residual.defined() ? at_element(residual, start) : nullptr,
                             const_cast<char *>(at_element(y, start)), scale.data(), shift.data(), range.low, range.high, length, period},
                            is_half(x));
    });
    // The output is needed for the clamp's gradient only where a residual took part in it.
    const bool keep = residual.defined() && activation != 0;
    context->save_for_backward({x, weight, bias, tensor_of(statistics.mean), tensor_of(statistics.inverse_deviation), keep ? y : at::Tensor()});
    context->saved_data["activation"] = activation;
    context->saved_data["training"] = training;
    context->saved_data["residual"] = residual.defined();
    return y;
  }

  static variable_list backward(AutogradContext *context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &x = saved[0];
    const Statistics statistics{floats(saved[3]), floats(saved[4])};
    const auto affine = affine_of(statistics, saved[1], saved[2]);
    const bool training = context->saved_data["training"].toBool(), has_residual = context->saved_data["residual"].toBool();
    const auto activation = context->saved_data["activation"].toInt();
    const auto range = range_of(static_cast<int>(activation));
    const auto dy = innermost(gradients[0].to(x.scalar_type()));
    const int64_t channels = x.size(1), count = x.numel(), rows = count / channels;
    const int period = period_of(channels);
    const auto scale = repeated(affine.scale, period), shift = repeated(affine.shift, period), mean = repeated(statistics.mean, period);
    // Without an activation the residual's gradient is the output's own.
    const auto g = has_residual && activation != 0 ? like(x) : at::Tensor();
    const auto n = chunk_count(count, period);
    std::vector<float> sums(static_cast<size_t>(n * period), 0.0f), dots(sums.size(), 0.0f);
    chunks(count, period, [&](int64_t i, int64_t start, int64_t length) {
      norm_kernels().gradient_sums({at_element(dy, start), at_element(x, start), saved[5].defined() ? at_element(saved[5], start) : nullptr,
                                    g.defined() ? const_cast<char *>(at_element(g, start)) : nullptr, scale.data(), shift.data(), mean.data(),
                                    sums.data() + i * period, dots.data() + i * period, range.low, range.high, length, period},
                                   is_half(x));
    });
    const auto sum = gathered(sums, n, period, channels), dot = gathered(dots, n, period, channels);
    // dx = w·s·(g − mean(g) − (x − m)·s²·mean(g·(x − m))), s = 1/deviation; in evaluation mode only the first term.
    std::vector<float> a(affine.scale), b(a.size(), 0.0f), c(a.size(), 0.0f), weight_gradient(a.size()), bias_gradient(a.size());
    for (size_t i = 0; i < a.size(); i++) {
      const double s = statistics.inverse_deviation[i], share = 1.0 / static_cast<double>(rows);
      weight_gradient[i] = static_cast<float>(dot[i] * s);
      bias_gradient[i] = static_cast<float>(sum[i]);
      if (training) {
        const double slope = -affine.scale[i] * s * s * dot[i] * share;
        b[i] = static_cast<float>(slope);
        c[i] = static_cast<float>(-slope * statistics.mean[i] - affine.scale[i] * sum[i] * share);
      }
    }
    const auto pa = repeated(a, period), pb = repeated(b, period), pc = repeated(c, period);
    const auto dx = like(x);
    const auto &source = g.defined() ? g : dy;
    const bool masked = g.defined() || activation == 0;
    chunks(count, period, [&](int64_t, int64_t start, int64_t length) {
      norm_kernels().gradient({at_element(source, start), at_element(x, start), const_cast<char *>(at_element(dx, start)), scale.data(), shift.data(), pa.data(),
                               pb.data(), pc.data(), range.low, range.high, masked, length, period},
                              is_half(x));
    });
    const at::Tensor none;
    return {dx, tensor_of(weight_gradient), tensor_of(bias_gradient), has_residual ? source : none, none, none, none, none, none, none};
  }
};

at::Tensor composed(const at::Tensor &x, const at::Tensor &weight, const at::Tensor &bias, const MaybeTensor &residual, const at::Tensor &mean,
                    const at::Tensor &variance, bool training, double momentum, double epsilon, int activation) {
  auto y = at::batch_norm(x, weight, bias, mean, variance, training, momentum, epsilon, true);
  if (residual.has_value()) {
    y = at::add(y, *residual);
  }
  return activation == 0 ? y : activation == 1 ? at::relu(y) : relu_to_six(y);
}

}  // namespace
}  // namespace ap

ap_tensor ap_batch_norm(ap_tensor x, ap_tensor weight, ap_tensor bias, ap_tensor residual, ap_tensor mean, ap_tensor variance, int training,
                        double momentum, double epsilon, int activation) {
  return ap::make([&] {
    using ap::t;
    const auto &input = t(x);
    const bool own = input.is_cpu() && (input.dim() == 4 || input.dim() == 2) && (input.scalar_type() == at::kFloat || input.scalar_type() == at::kBFloat16) &&
                     input.size(1) <= 1 << 16 && input.numel() > 0;
    if (!own) {
      return ap::composed(input, t(weight), t(bias), ap::maybe(residual), t(mean), t(variance), training != 0, momentum, epsilon, activation);
    }
    return ap::NormFunction::apply(input, t(weight), t(bias), ap::maybe(residual), t(mean), t(variance), training != 0, momentum, epsilon,
                                   static_cast<int64_t>(activation));
  });
}
