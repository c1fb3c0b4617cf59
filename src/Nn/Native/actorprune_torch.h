/*
 * A C ABI over libtorch, as wide as ActorPrune needs.
 *
 * Functions that make a tensor return a new handle, or NULL on failure. Functions that return int return 0, or 1 on failure. After a failure
 * ap_last_error() of the same thread holds the message. Handles are freed by ap_free on any thread. No C++ exception leaves this library.
 * Every call runs with denormals flushed and with the calling thread's own number of intra-op threads, and restores the floating-point state.
 */
#pragma once

#include <stdint.h>

#define AP_API extern "C" __attribute__((visibility("default")))

typedef void *ap_tensor;

/* Element types; the numbers are part of the ABI. */
enum { AP_UINT8 = 0, AP_INT64 = 1, AP_FLOAT32 = 2, AP_BFLOAT16 = 3 };

/* Devices: -1 is the CPU, n >= 0 is CUDA device n. */

/* ---- runtime.cpp ---- */
AP_API const char *ap_last_error(void);
AP_API int64_t ap_live_handles(void);
/* Number of intra-op threads of the calling thread from now on; other threads keep theirs. A thread starts with 1. */
AP_API int ap_set_num_threads(int threads);
AP_API int ap_get_num_threads(void);
/* Nanoseconds that the calling thread has spent inside this library since the last reset. */
AP_API int64_t ap_native_nanoseconds(int reset);
/* A JSON object: versions, BLAS, CPU features, CUDA devices. Returns the length needed without the closing 0, or -1 on failure. */
AP_API int ap_capabilities(char *buffer, int length);
/* Sets autograd recording for the calling thread; returns what it was. */
AP_API int ap_set_grad_enabled(int enabled);

/* ---- allocator.cpp ---- */
typedef struct {
  int64_t allocations, system_allocations, cached_bytes, live_bytes, cache_limit_bytes;
} ap_allocator_statistics;
AP_API void ap_allocator_read(ap_allocator_statistics *statistics);
/* Gives the calling thread's cached blocks, and what the C library holds free, back to the system. */
AP_API void ap_allocator_trim(void);

/* ---- tensor.cpp ---- */
AP_API ap_tensor ap_from_bytes(const void *data, int64_t bytes, const int64_t *shape, int rank, int type, int device);
AP_API ap_tensor ap_full(double value, const int64_t *shape, int rank, int type, int device);
/* Row-major bytes, whatever the tensor's memory format and device. */
AP_API int ap_copy_to_bytes(ap_tensor tensor, void *data, int64_t bytes);
/* Overwrites a tensor in place, outside autograd. */
AP_API int ap_copy_from_bytes(ap_tensor tensor, const void *data, int64_t bytes);
AP_API int ap_copy_(ap_tensor tensor, ap_tensor source);
AP_API void ap_free(ap_tensor tensor);
AP_API int ap_rank(ap_tensor tensor);
AP_API int64_t ap_size(ap_tensor tensor, int dimension);
AP_API int ap_type(ap_tensor tensor);
AP_API int ap_device(ap_tensor tensor);
AP_API int ap_is_channels_last(ap_tensor tensor);
/* type or device of -2: as it is. channels_last: 1 = convert, 0 = preserve, -1 = row-major. */
AP_API ap_tensor ap_to(ap_tensor tensor, int type, int device, int channels_last);
AP_API ap_tensor ap_detach(ap_tensor tensor);
AP_API ap_tensor ap_clone(ap_tensor tensor);
AP_API int ap_set_requires_grad(ap_tensor tensor, int value);
/* The gradient as a new handle; *grad is NULL where there is none. */
AP_API int ap_grad(ap_tensor tensor, ap_tensor *grad);
AP_API int ap_clear_grad(ap_tensor tensor);
AP_API int ap_backward(ap_tensor loss);
/* The only element of a tensor. */
AP_API int ap_item(ap_tensor tensor, double *value);

/* ---- operations.cpp ---- */
AP_API ap_tensor ap_conv2d(ap_tensor x, ap_tensor weight, ap_tensor bias, int stride, int padding, int groups);
AP_API ap_tensor ap_linear(ap_tensor x, ap_tensor weight, ap_tensor bias);
AP_API ap_tensor ap_relu(ap_tensor x);
AP_API ap_tensor ap_relu6(ap_tensor x);
AP_API ap_tensor ap_abs(ap_tensor x);
AP_API ap_tensor ap_sqrt(ap_tensor x);
AP_API ap_tensor ap_max_pool2d(ap_tensor x, int kernel, int stride, int padding);
AP_API ap_tensor ap_avg_pool2d(ap_tensor x, int kernel, int stride, int padding);
AP_API ap_tensor ap_global_avg_pool(ap_tensor x);
AP_API ap_tensor ap_add(ap_tensor x, ap_tensor y);
AP_API ap_tensor ap_sub(ap_tensor x, ap_tensor y);
AP_API ap_tensor ap_mul(ap_tensor x, ap_tensor y);
AP_API ap_tensor ap_div(ap_tensor x, ap_tensor y);
AP_API ap_tensor ap_mul_scalar(ap_tensor x, double y);
AP_API ap_tensor ap_add_scalar(ap_tensor x, double y);
AP_API ap_tensor ap_cat(const ap_tensor *tensors, int count, int dimension);
AP_API ap_tensor ap_flatten(ap_tensor x);
AP_API ap_tensor ap_reshape(ap_tensor x, const int64_t *shape, int rank);
/* Elements are kept with probability 1 - p, by a generator that starts at seed. */
AP_API ap_tensor ap_dropout(ap_tensor x, double p, uint64_t seed);
AP_API ap_tensor ap_pad_shortcut(ap_tensor x, int stride, int before, int after, int pool);
/* indices: one input channel per output channel, -1 = zeros. */
AP_API ap_tensor ap_channel_select(ap_tensor x, const int64_t *indices, int count);
AP_API ap_tensor ap_sum(ap_tensor x, const int64_t *dimensions, int count);
AP_API ap_tensor ap_mean(ap_tensor x, const int64_t *dimensions, int count);
AP_API ap_tensor ap_argmax(ap_tensor x, int dimension);
AP_API ap_tensor ap_softmax(ap_tensor x, int dimension);
AP_API ap_tensor ap_log_softmax(ap_tensor x, int dimension);
AP_API ap_tensor ap_cross_entropy(ap_tensor logits, ap_tensor labels, double smoothing);
AP_API ap_tensor ap_distillation(ap_tensor student, ap_tensor teacher, double temperature);
AP_API ap_tensor ap_mse_loss(ap_tensor x, ap_tensor y);

/* ---- normalise.cpp ---- */
/*
 * Batch norm over channels of N x C x H x W or N x C, then + residual where there is one, then the activation: 0 = none, 1 = ReLU, 2 = ReLU6. In
 * training, batch statistics, and mean and variance are updated in place. Statistics are float32 whatever x is.
 */
AP_API ap_tensor ap_batch_norm(ap_tensor x, ap_tensor weight, ap_tensor bias, ap_tensor residual, ap_tensor mean, ap_tensor variance, int training,
                               double momentum, double epsilon, int activation);

/* ---- training.cpp ---- */
/*
 * A batch of normalised images, N x C x H x W in channels_last, from uint8 images: crop at (dy - pad, dx - pad) with zero (black) outside, or,
 * where h and w are not 0, the window of h x w at (dy, dx), which lies in the image, resized bilinearly to H x W; mirrored where flip is 1; then
 * a square of cutout x cutout centred on (cy, cx) set to 0. shifts: dy, dx, flip, cy, cx, h, w per image, or NULL for none. table: C x 256
 * normalised values.
 */
AP_API ap_tensor ap_batch(const uint8_t *pixels, int channels, int height, int width, const int32_t *indices, int count, const int32_t *shifts,
                          int pad, int cutout, const float *table, int type, int device);
/* Plain SGD on leaves with gradients, PyTorch's formula; clears the gradients. momenta may hold NULL where momentum is 0. */
AP_API int ap_sgd_step(const ap_tensor *parameters, const ap_tensor *momenta, const double *decays, int count, double rate, double momentum,
                       int nesterov);
/* Adds the gradients of `others` to those of `parameters`, in order, and clears them. Where one has none, it counts as zero. */
AP_API int ap_gather_gradients(const ap_tensor *parameters, const ap_tensor *others, int count);
/* How many rows of logits have their largest element elsewhere than labels say; a row with a NaN counts as wrong. */
AP_API int64_t ap_count_wrong(ap_tensor logits, ap_tensor labels);

/* ---- script.cpp ---- */
/* What a named tensor of a TorchScript module is. */
enum { AP_PARAMETER = 0, AP_BUFFER = 1, AP_CONSTANT = 2 };
/*
 * The bytes of a TorchScript file (uint8, one dimension). source: the methods of the module, in TorchScript. names: dotted paths of its tensors, of
 * which nested modules are made, in this order. files and texts: extra files and what they hold.
 */
AP_API ap_tensor ap_script_save(const char *source, const char *const *names, const ap_tensor *values, const int *kinds, int count,
                                const char *const *files, const char *const *texts, int file_count);
/* What the forward method of the module in a TorchScript file gives for x. */
AP_API ap_tensor ap_script_forward(const uint8_t *file, int64_t bytes, ap_tensor x);

/* ---- images.cpp ---- */
/* The formats that were built in: 1 = JPEG, 2 = PNG, 3 = both. */
AP_API int ap_image_formats(void);
/*
 * A JPEG or PNG file in memory, told apart by content. Both return 0; 1 where it does not decode or is larger than 32768 pixels a side or 2^27 in all;
 * 2 where its format was not built in; 3 where memory was short. Then message, of capacity bytes, says why. They do not touch ap_last_error(), and any
 * thread may call them.
 */
AP_API int ap_image_size(const uint8_t *data, int64_t bytes, int32_t *width, int32_t *height, char *message, int capacity);
/*
 * Its pixels as 3 x height x width, whatever its colours are. shorter > 0: its shorter side is resized to that, then the centre is cut out;
 * shorter = 0: it is stretched to width x height.
 */
AP_API int ap_image_decode(const uint8_t *data, int64_t bytes, int width, int height, int shorter, uint8_t *pixels, char *message, int capacity);
