// What a training step does beside the network: the batch, the optimiser's step, the count of wrong answers.
#include <cmath>
#include <vector>

#include "guard.h"

namespace {

using ap::t;

struct ImageGeometry {
  int channels, height, width;
  int64_t plane() const { return static_cast<int64_t>(height) * width; }
  int64_t size() const { return channels * plane(); }
};

// Field by field as Batches.cs has it.
struct Shift {
  int dy, dx, flip, cy, cx, h, w;
};

// One image into N x H x W x C floats.
void write_image(const uint8_t *image, const ImageGeometry &g, const Shift &shift, const float *table, float *out) {
  for (int y = 0; y < g.height; y++) {
    const int from_y = y + shift.dy;
    const bool row = from_y >= 0 && from_y < g.height;
    for (int c = 0; c < g.channels; c++) {
      const float *values = table + 256 * c;
      const uint8_t *line = image + c * g.plane() + static_cast<int64_t>(row ? from_y : 0) * g.width;
      float *to = out + static_cast<int64_t>(y) * g.width * g.channels + c;
      for (int x = 0; x < g.width; x++) {
        const int from_x = (shift.flip ? g.width - 1 - x : x) + shift.dx;
        const bool inside = row && from_x >= 0 && from_x < g.width;
        to[static_cast<int64_t>(x) * g.channels] = values[inside ? line[from_x] : 0];
      }
    }
  }
}

// Where an output pixel reads along one axis: between two input pixels.
struct Tap {
  int low, high;
  float share;  // of the high one
};

// Pixel centres at halves, as PyTorch's interpolate has it without align_corners. A window is never larger than the image, so nothing is skipped.
std::vector<Tap> taps(int from, int window, int size, bool mirrored) {
  std::vector<Tap> result(size);
  for (int i = 0; i < size; i++) {
    const float at = std::min(std::max((i + 0.5f) * window / size - 0.5f, 0.0f), window - 1.0f);
    const int low = static_cast<int>(at);
    result[mirrored ? size - 1 - i : i] = {from + low, from + std::min(low + 1, window - 1), at - low};
  }
  return result;
}

// The window of an image, resized to the whole image's size.
void write_window(const uint8_t *image, const ImageGeometry &g, const Shift &shift, const float *table, float *out) {
  const auto rows = taps(shift.dy, shift.h, g.height, false);
  const auto columns = taps(shift.dx, shift.w, g.width, shift.flip != 0);
  for (int c = 0; c < g.channels; c++) {
    const float *values = table + 256 * c;
    const uint8_t *plane = image + c * g.plane();
    for (int y = 0; y < g.height; y++) {
      const uint8_t *upper = plane + static_cast<int64_t>(rows[y].low) * g.width;
      const uint8_t *lower = plane + static_cast<int64_t>(rows[y].high) * g.width;
      float *to = out + static_cast<int64_t>(y) * g.width * g.channels + c;
      for (int x = 0; x < g.width; x++) {
        const auto &tap = columns[x];
        const float above = values[upper[tap.low]] + tap.share * (values[upper[tap.high]] - values[upper[tap.low]]);
        const float below = values[lower[tap.low]] + tap.share * (values[lower[tap.high]] - values[lower[tap.low]]);
        to[static_cast<int64_t>(x) * g.channels] = above + rows[y].share * (below - above);
      }
    }
  }
}

void cut_out(const ImageGeometry &g, const Shift &shift, int side, float *out) {
  const int top = std::max(0, shift.cy - side / 2), bottom = std::min(g.height, shift.cy - side / 2 + side);
  const int left = std::max(0, shift.cx - side / 2), right = std::min(g.width, shift.cx - side / 2 + side);
  for (int y = top; y < bottom; y++) {
    float *line = out + static_cast<int64_t>(y) * g.width * g.channels;
    std::fill(line + left * g.channels, line + std::max(left, right) * g.channels, 0.0f);
  }
}

void sgd_cpu(float *w, const float *g, float *m, int64_t n, float rate, float momentum, float decay, bool nesterov) {
  if (m == nullptr) {
    for (int64_t i = 0; i < n; i++) {
      w[i] -= rate * (g[i] + decay * w[i]);
    }
    return;
  }
  for (int64_t i = 0; i < n; i++) {
    const float d = g[i] + decay * w[i];
    m[i] = momentum * m[i] + d;
    w[i] -= rate * (nesterov ? d + momentum * m[i] : m[i]);
  }
}

void sgd_any(at::Tensor w, at::Tensor g, const at::Tensor *m, double rate, double momentum, double decay, bool nesterov) {
  auto d = decay == 0 ? g : at::add(g, w, decay);
  if (m != nullptr) {
    m->detach().mul_(momentum).add_(d);
    d = nesterov ? at::add(d, m->detach(), momentum) : m->detach();
  }
  w.add_(d, -rate);
}

}  // namespace

ap_tensor ap_batch(const uint8_t *pixels, int channels, int height, int width, const int32_t *indices, int count, const int32_t *shifts, int pad,
                   int cutout, const float *table, int type, int device) {
  return ap::make([&] {
    const ImageGeometry g{channels, height, width};
    auto batch = at::empty({count, channels, height, width}, at::TensorOptions().dtype(at::kFloat).memory_format(at::MemoryFormat::ChannelsLast));
    auto *out = batch.data_ptr<float>();
    for (int i = 0; i < count; i++) {
      const int32_t *s = shifts == nullptr ? nullptr : shifts + 7 * i;
      const Shift shift = s == nullptr ? Shift{} : Shift{s[0] - pad, s[1] - pad, s[2], s[3], s[4], s[5], s[6]};
      (shift.h > 0 ? write_window : write_image)(pixels + indices[i] * g.size(), g, shift, table, out + i * g.size());
      if (cutout > 0 && s != nullptr) {
        cut_out(g, shift, cutout, out + i * g.size());
      }
    }
    return batch.to(ap::device(device), ap::scalar_type(type), false, false, at::MemoryFormat::ChannelsLast);
  });
}

int ap_sgd_step(const ap_tensor *parameters, const ap_tensor *momenta, const double *decays, int count, double rate, double momentum, int nesterov) {
  return ap::run([&] {
    at::NoGradGuard no_grad;
    for (int i = 0; i < count; i++) {
      auto &w = t(parameters[i]);
      if (!w.grad().defined()) {
        continue;
      }
      auto plain = w.detach();
      const auto grad = w.grad().detach();
      const auto *m = momenta[i] == nullptr ? nullptr : &t(momenta[i]);
      if (plain.is_cpu() && plain.scalar_type() == at::kFloat && plain.is_contiguous() && (m == nullptr || m->is_contiguous())) {
        const auto dense = grad.contiguous();
        sgd_cpu(plain.data_ptr<float>(), dense.data_ptr<float>(), m == nullptr ? nullptr : m->data_ptr<float>(), plain.numel(),
                static_cast<float>(rate), static_cast<float>(momentum), static_cast<float>(decays[i]), nesterov != 0);
      } else {
        sgd_any(plain, grad, m, rate, momentum, decays[i], nesterov != 0);
      }
      w.mutable_grad() = at::Tensor();
    }
  });
}

int ap_gather_gradients(const ap_tensor *parameters, const ap_tensor *others, int count) {
  return ap::run([&] {
    at::NoGradGuard no_grad;
    for (int i = 0; i < count; i++) {
      auto &gradient = t(parameters[i]).mutable_grad();
      auto &other = t(others[i]).mutable_grad();
      if (!other.defined()) {
        continue;
      }
      if (gradient.defined()) {
        gradient.add_(other);
      } else {
        gradient = other;
      }
      other = at::Tensor();
    }
  });
}

int64_t ap_count_wrong(ap_tensor logits, ap_tensor labels) {
  return ap::guarded(int64_t{-1}, [&] {
    const auto scores = t(logits).detach().to(at::kCPU, at::kFloat).contiguous();
    const auto truth = t(labels).detach().to(at::kCPU, at::kLong).contiguous();
    TORCH_CHECK(scores.dim() == 2 && truth.dim() == 1 && scores.size(0) == truth.size(0), "logits of shape ", scores.sizes(), " do not fit labels of shape ",
                truth.sizes());
    const int64_t rows = scores.size(0), classes = scores.size(1);
    int64_t wrong = 0;
    for (int64_t i = 0; i < rows; i++) {
      const float *row = scores.data_ptr<float>() + i * classes;
      int64_t best = 0;
      bool nan = false;
      for (int64_t c = 0; c < classes; c++) {
        nan = nan || std::isnan(row[c]);
        best = row[c] > row[best] ? c : best;
      }
      wrong += nan || best != truth.data_ptr<int64_t>()[i] ? 1 : 0;
    }
    return wrong;
  });
}
