// Batch norm, an optional residual sum and a clamp as one pass over memory, for channels-innermost data. Compiled once per instruction set.
#pragma once

#include <stdint.h>

namespace ap {

// y = clamp(scale·x + shift + residual, low, high), per channel.
struct AffineArguments {
  const void *x, *residual;  // residual may be null
  void *y;
  const float *scale, *shift;  // of `period` elements: the channels' values, repeated
  float low, high;
  int64_t count;  // elements
  int period;     // a multiple of 16 and of the number of channels
};

// Sums over the elements i, per position in the period: of x - pivot and of its square.
struct MomentArguments {
  const void *x;
  const float *pivot;
  float *sum, *square;
  int64_t count;
  int period;
};

// g = dy where low < v < high (v = y if given, else scale·x + shift), else 0. Sums of g and of g·(x - mean); g itself is written where wanted.
struct GradientSumArguments {
  const void *dy, *x, *y;
  void *g;
  const float *scale, *shift, *mean;
  float *sum, *dot;
  float low, high;
  int64_t count;
  int period;
};

// dx = a·g + b·x + c, with g as above (masked is true: dy already is g).
struct GradientArguments {
  const void *dy, *x;
  void *dx;
  const float *scale, *shift, *a, *b, *c;
  float low, high;
  bool masked;
  int64_t count;
  int period;
};

struct NormKernels {
  void (*affine)(const AffineArguments &, bool bf16);
  void (*moments)(const MomentArguments &, bool bf16);
  void (*gradient_sums)(const GradientSumArguments &, bool bf16);
  void (*gradient)(const GradientArguments &, bool bf16);
};

// What the processor can run best.
const NormKernels &norm_kernels();
extern const NormKernels norm_kernels_v2, norm_kernels_v3, norm_kernels_v4;

}  // namespace ap
