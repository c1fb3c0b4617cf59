// Operations with gradients: what the layers of a network graph and the losses are made of.
#include <ATen/CPUGeneratorImpl.h>

#include <vector>

#include "activations.h"
#include "guard.h"

using ap::make;
using ap::maybe;
using ap::t;

ap_tensor ap_conv2d(ap_tensor x, ap_tensor weight, ap_tensor bias, int stride, int padding, int groups) {
  return make([&] {
    return at::conv2d(t(x), t(weight), maybe(bias), at::IntArrayRef({stride, stride}), at::IntArrayRef({padding, padding}), at::IntArrayRef({1, 1}),
                      groups);
  });
}

ap_tensor ap_linear(ap_tensor x, ap_tensor weight, ap_tensor bias) {
  return make([&] { return at::linear(t(x), t(weight), maybe(bias)); });
}

ap_tensor ap_relu(ap_tensor x) {
  return make([&] { return at::relu(t(x)); });
}

ap_tensor ap_relu6(ap_tensor x) {
  return make([&] { return ap::relu_to_six(t(x)); });
}

ap_tensor ap_abs(ap_tensor x) {
  return make([&] { return at::abs(t(x)); });
}

ap_tensor ap_sqrt(ap_tensor x) {
  return make([&] { return at::sqrt(t(x)); });
}

ap_tensor ap_max_pool2d(ap_tensor x, int kernel, int stride, int padding) {
  return make([&] { return at::max_pool2d(t(x), {kernel, kernel}, {stride, stride}, {padding, padding}); });
}

ap_tensor ap_avg_pool2d(ap_tensor x, int kernel, int stride, int padding) {
  return make([&] { return at::avg_pool2d(t(x), {kernel, kernel}, {stride, stride}, {padding, padding}); });
}

ap_tensor ap_global_avg_pool(ap_tensor x) {
  return make([&] { return at::mean(t(x), at::IntArrayRef({2, 3}), /*keepdim=*/true); });
}

ap_tensor ap_add(ap_tensor x, ap_tensor y) {
  return make([&] { return at::add(t(x), t(y)); });
}

ap_tensor ap_sub(ap_tensor x, ap_tensor y) {
  return make([&] { return at::sub(t(x), t(y)); });
}

ap_tensor ap_mul(ap_tensor x, ap_tensor y) {
  return make([&] { return at::mul(t(x), t(y)); });
}

ap_tensor ap_div(ap_tensor x, ap_tensor y) {
  return make([&] { return at::div(t(x), t(y)); });
}

ap_tensor ap_mul_scalar(ap_tensor x, double y) {
  return make([&] { return at::mul(t(x), y); });
}

ap_tensor ap_add_scalar(ap_tensor x, double y) {
  return make([&] { return at::add(t(x), y); });
}

ap_tensor ap_cat(const ap_tensor *tensors, int count, int dimension) {
  return make([&] {
    std::vector<at::Tensor> list;
    for (int i = 0; i < count; i++) {
      list.push_back(t(tensors[i]));
    }
    return at::cat(list, dimension);
  });
}

ap_tensor ap_flatten(ap_tensor x) {
  return make([&] { return at::flatten(t(x), 1); });
}

ap_tensor ap_reshape(ap_tensor x, const int64_t *shape, int rank) {
  return make([&] { return at::reshape(t(x), at::IntArrayRef(shape, rank)); });
}

ap_tensor ap_dropout(ap_tensor x, double p, uint64_t seed) {
  return make([&] {
    TORCH_CHECK(p >= 0 && p < 1, "the dropout probability is ", p, ", but must be in [0, 1)");
    // Drawn on the CPU from a generator of its own: the mask depends on the seed alone.
    auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
    auto keep = at::empty(t(x).sizes(), at::TensorOptions().dtype(at::kFloat)).bernoulli_(1 - p, generator).div_(1 - p);
    return at::mul(t(x), keep.to(t(x).device(), t(x).scalar_type()));
  });
}

ap_tensor ap_pad_shortcut(ap_tensor x, int stride, int before, int after, int pool) {
  return make([&] {
    auto y = t(x);
    if (stride > 1) {
      y = pool ? at::avg_pool2d(y, {stride, stride}, {stride, stride}) : y.slice(2, 0, y.size(2), stride).slice(3, 0, y.size(3), stride);
    }
    if (before == 0 && after == 0) {
      return y;
    }
    const auto format = t(x).suggest_memory_format();
    return at::constant_pad_nd(y, {0, 0, 0, 0, before, after}, 0).contiguous(format);
  });
}

ap_tensor ap_channel_select(ap_tensor x, const int64_t *indices, int count) {
  return make([&] {
    const auto &input = t(x);
    const int64_t channels = input.size(1);
    std::vector<int64_t> from(indices, indices + count);
    bool zeros = false;
    for (auto &index : from) {
      TORCH_CHECK(index >= -1 && index < channels, "channel ", index, " was selected from ", channels, " channels");
      if (index < 0) {
        // One more channel of zeros stands behind the last.
        index = channels;
        zeros = true;
      }
    }
    auto source = input;
    if (zeros) {
      std::vector<int64_t> pads(static_cast<size_t>(2 * (input.dim() - 1)), 0);
      pads.back() = 1;
      source = at::constant_pad_nd(input, pads, 0);
    }
    const auto index = at::tensor(from, at::TensorOptions().dtype(at::kLong)).to(input.device());
    auto selected = at::index_select(source, 1, index);
    return input.dim() == 4 ? selected.contiguous(input.suggest_memory_format()) : selected;
  });
}

ap_tensor ap_sum(ap_tensor x, const int64_t *dimensions, int count) {
  return make([&] { return count == 0 ? at::sum(t(x)) : at::sum(t(x), at::IntArrayRef(dimensions, count)); });
}

ap_tensor ap_mean(ap_tensor x, const int64_t *dimensions, int count) {
  return make([&] { return count == 0 ? at::mean(t(x)) : at::mean(t(x), at::IntArrayRef(dimensions, count)); });
}

ap_tensor ap_argmax(ap_tensor x, int dimension) {
  return make([&] { return at::argmax(t(x), dimension); });
}

ap_tensor ap_softmax(ap_tensor x, int dimension) {
  return make([&] { return at::softmax(t(x), dimension); });
}

ap_tensor ap_log_softmax(ap_tensor x, int dimension) {
  return make([&] { return at::log_softmax(t(x), dimension); });
}

ap_tensor ap_cross_entropy(ap_tensor logits, ap_tensor labels, double smoothing) {
  return make([&] { return at::cross_entropy_loss(t(logits), t(labels), /*weight=*/ap::MaybeTensor(), at::Reduction::Mean, -100, smoothing); });
}

ap_tensor ap_distillation(ap_tensor student, ap_tensor teacher, double temperature) {
  return make([&] {
    const auto log_student = at::log_softmax(at::div(t(student), temperature), 1);
    const auto log_teacher = at::log_softmax(at::div(t(teacher).detach(), temperature), 1);
    const auto divergence = at::sum(at::mul(at::exp(log_teacher), at::sub(log_teacher, log_student)));
    return at::mul(divergence, temperature * temperature / static_cast<double>(t(student).size(0)));
  });
}

ap_tensor ap_mse_loss(ap_tensor x, ap_tensor y) {
  return make([&] { return at::mse_loss(t(x), t(y)); });
}
