// Built several times, with AP_KERNELS naming the table and -march choosing the instruction set. Nothing of the standard library is instantiated
// here: an inline function compiled for a newer processor must not be linked in place of everybody's.
#include "normalise_kernels.h"

namespace ap {
namespace {

struct bf16 {
  uint16_t bits;
};

inline float load(const float *p) { return *p; }
inline float load(const bf16 *p) {
  const uint32_t bits = static_cast<uint32_t>(p->bits) << 16;
  float value;
  __builtin_memcpy(&value, &bits, 4);
  return value;
}

inline void store(float *p, float value) { *p = value; }
// To nearest, ties to even; a NaN stays one.
inline void store(bf16 *p, float value) {
  uint32_t bits;
  __builtin_memcpy(&bits, &value, 4);
  const uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
  p->bits = static_cast<uint16_t>(value != value ? 0x7fc0u : rounded);
}

// The order of the comparisons keeps NaN.
inline float clamp(float v, float low, float high) {
  v = v < low ? low : v;
  return v > high ? high : v;
}

inline bool inside(float v, float low, float high) { return (v > low) & (v < high); }

// Calls body(start, length) for each period; the last may be shorter.
template <typename Body>
inline void periods(int64_t count, int period, Body body) {
  int64_t i = 0;
  for (; i + period <= count; i += period) {
    body(i, period);
  }
  if (i < count) {
    body(i, static_cast<int>(count - i));
  }
}

template <typename T, bool Residual>
void affine_of(const AffineArguments &k) {
  const float *__restrict scale = k.scale, *__restrict shift = k.shift;
  periods(k.count, k.period, [&](int64_t at, int n) {
    const T *x = static_cast<const T *>(k.x) + at;
    const T *r = Residual ? static_cast<const T *>(k.residual) + at : nullptr;
    T *__restrict y = static_cast<T *>(k.y) + at;
    for (int j = 0; j < n; j++) {
      float v = load(x + j) * scale[j] + shift[j];
      if (Residual) {
        v += load(r + j);
      }
      store(y + j, clamp(v, k.low, k.high));
    }
  });
}

template <typename T>
void moments_of(const MomentArguments &k) {
  const float *__restrict pivot = k.pivot;
  float *__restrict sum = k.sum, *__restrict square = k.square;
  periods(k.count, k.period, [&](int64_t at, int n) {
    const T *__restrict x = static_cast<const T *>(k.x) + at;
    for (int j = 0; j < n; j++) {
      const float d = load(x + j) - pivot[j];
      sum[j] += d;
      square[j] += d * d;
    }
  });
}

template <typename T, bool FromOutput, bool Write>
void gradient_sums_of(const GradientSumArguments &k) {
  const float *__restrict scale = k.scale, *__restrict shift = k.shift, *__restrict mean = k.mean;
  float *__restrict sum = k.sum, *__restrict dot = k.dot;
  periods(k.count, k.period, [&](int64_t at, int n) {
    const T *__restrict dy = static_cast<const T *>(k.dy) + at;
    const T *__restrict x = static_cast<const T *>(k.x) + at;
    const T *__restrict y = FromOutput ? static_cast<const T *>(k.y) + at : nullptr;
    T *__restrict g = Write ? static_cast<T *>(k.g) + at : nullptr;
    for (int j = 0; j < n; j++) {
      const float input = load(x + j);
      const float v = FromOutput ? load(y + j) : input * scale[j] + shift[j];
      const float d = inside(v, k.low, k.high) ? load(dy + j) : 0.0f;
      if (Write) {
        store(g + j, d);
      }
      sum[j] += d;
      dot[j] += d * (input - mean[j]);
    }
  });
}

template <typename T, bool Masked>
void gradient_of(const GradientArguments &k) {
  const float *__restrict scale = k.scale, *__restrict shift = k.shift, *__restrict a = k.a, *__restrict b = k.b, *__restrict c = k.c;
  periods(k.count, k.period, [&](int64_t at, int n) {
    const T *__restrict dy = static_cast<const T *>(k.dy) + at;
    const T *__restrict x = static_cast<const T *>(k.x) + at;
    T *__restrict dx = static_cast<T *>(k.dx) + at;
    for (int j = 0; j < n; j++) {
      const float input = load(x + j);
      const float d = load(dy + j);
      const float g = Masked || inside(input * scale[j] + shift[j], k.low, k.high) ? d : 0.0f;
      store(dx + j, a[j] * g + (b[j] * input + c[j]));
    }
  });
}

template <typename T>
void affine_any(const AffineArguments &k) {
  k.residual != nullptr ? affine_of<T, true>(k) : affine_of<T, false>(k);
}

template <typename T>
void gradient_sums_any(const GradientSumArguments &k) {
  if (k.y != nullptr) {
    k.g != nullptr ? gradient_sums_of<T, true, true>(k) : gradient_sums_of<T, true, false>(k);
  } else {
    k.g != nullptr ? gradient_sums_of<T, false, true>(k) : gradient_sums_of<T, false, false>(k);
  }
}

template <typename T>
void gradient_any(const GradientArguments &k) {
  k.masked ? gradient_of<T, true>(k) : gradient_of<T, false>(k);
}

void affine(const AffineArguments &k, bool half) { half ? affine_any<bf16>(k) : affine_any<float>(k); }
void moments(const MomentArguments &k, bool half) { half ? moments_of<bf16>(k) : moments_of<float>(k); }
void gradient_sums(const GradientSumArguments &k, bool half) { half ? gradient_sums_any<bf16>(k) : gradient_sums_any<float>(k); }
void gradient(const GradientArguments &k, bool half) { half ? gradient_any<bf16>(k) : gradient_any<float>(k); }

}  // namespace

extern const NormKernels AP_KERNELS;
const NormKernels AP_KERNELS = {affine, moments, gradient_sums, gradient};

}  // namespace ap
