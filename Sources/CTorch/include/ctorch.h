// A plain C face of the parts of libtorch that Penchant uses.
//
// Rules that hold for every function:
// - What can fail returns a status; results come through out-parameters, which are written only
//   on success. The message of a failure is read with ctorch_last_error() on the same thread.
// - A tensor that comes out is owned by the caller (ctorch_tensor_free). A tensor that goes in is
//   borrowed for the call. Arrays are a pointer and a count; nothing keeps them after returning.
// - Names are ATen's behind "ctorch_"; a function in place ends in "_" exactly where ATen's does.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ctorch_tensor_impl *ctorch_tensor;

typedef enum {
  CTORCH_OK = 0,
  CTORCH_ERROR = 1,
  CTORCH_OUT_OF_MEMORY = 2,
} ctorch_status;

typedef enum {
  CTORCH_FLOAT32 = 0,
  CTORCH_FLOAT64,
  CTORCH_FLOAT16,
  CTORCH_BFLOAT16,
  CTORCH_INT64,
  CTORCH_INT32,
  CTORCH_INT16,
  CTORCH_INT8,
  CTORCH_UINT8,
  CTORCH_BOOL,
} ctorch_dtype;

typedef enum {
  CTORCH_CPU = 0,
  CTORCH_CUDA = 1,
  CTORCH_MPS = 2,
} ctorch_device_type;

typedef struct {
  ctorch_device_type type;
  int32_t index;  // of several devices of one type; 0 on the CPU
} ctorch_device;

// ---- Errors (errors.cpp)

/// Message of this thread's latest failure; valid until its next failure.
const char *ctorch_last_error(void);
/// Sets that message, for callbacks that fail.
void ctorch_set_last_error(const char *message);

// ---- The system (system.cpp)

const char *ctorch_version(void);
/// Path of the loaded libtorch, or null where the system does not tell.
const char *ctorch_library_path(void);
/// The instruction set that libtorch's CPU kernels use: "AVX512", "AVX2", "DEFAULT", …
ctorch_status ctorch_cpu_capability(const char **out);
/// The rows, columns and depth from which on this processor multiplies bfloat16 matrices faster by
/// way of float32; INT64_MAX where it never does.
int64_t ctorch_least_widened_extent(void);
ctorch_status ctorch_get_num_threads(int32_t *out);
ctorch_status ctorch_set_num_threads(int32_t threads);
ctorch_status ctorch_manual_seed(uint64_t seed);
/// Keeps memory that is freed for what is allocated next, in place of returning it to the system.
void ctorch_keep_freed_memory(void);
/// Gives what was freed so far back to the system, where it is glibc's.
void ctorch_return_freed_memory(void);
/// Loads libtorch_cuda from beside libtorch where that has not happened; false where there is none.
ctorch_status ctorch_load_cuda(bool *out);
ctorch_status ctorch_device_count(ctorch_device_type type, int32_t *out);

// ---- Memory (memory.cpp)

/// Lets tensors on the CPU that are made from now on take so many bytes together; what needs more
/// ends with CTORCH_OUT_OF_MEMORY.
void ctorch_set_memory_limit(int64_t bytes);
/// A CPU tensor over the caller's memory, which nobody writes to: what changes the tensor in place
/// copies its numbers first. With `changes` the memory for that is counted from now on.
/// `release(context)` is called once, when they were copied or the last view of the tensor is gone,
/// also when this function fails.
ctorch_status ctorch_from_loan(const void *data, const int64_t *sizes, size_t count,
                               ctorch_dtype dtype, bool changes, void *context,
                               void (*release)(void *context), ctorch_tensor *out);

// ---- Numbers in a file (offload.cpp)

/// Opens a file without a name in a folder: it is gone when it is closed and no tensor lies in it.
ctorch_status ctorch_offload_open(const char *folder, int32_t *out_file);
void ctorch_offload_close(int32_t file);
/// Zeros whose place is a new part of the file, from `offset`, a multiple of the page size, on.
ctorch_status ctorch_offload_zeros(int32_t file, int64_t offset, const int64_t *sizes, size_t count,
                                   ctorch_dtype dtype, ctorch_tensor *out);
/// Brings a tensor's numbers, for all that share them, to the place of zeros that nobody uses again.
ctorch_status ctorch_offload_move(ctorch_tensor tensor, ctorch_tensor place);
/// Takes the pages of a tensor that lies in a file out of memory, until they are touched again.
ctorch_status ctorch_release_pages(ctorch_tensor tensor);

// ---- Handles and storage (tensor.cpp)

/// How many tensors the caller holds.
int64_t ctorch_live_handles(void);
void ctorch_tensor_free(ctorch_tensor tensor);
ctorch_status ctorch_tensor_dim(ctorch_tensor tensor, int64_t *out);
/// Writes ctorch_tensor_dim() numbers.
ctorch_status ctorch_tensor_sizes(ctorch_tensor tensor, int64_t *out);
ctorch_status ctorch_tensor_dtype(ctorch_tensor tensor, ctorch_dtype *out);
ctorch_status ctorch_tensor_device(ctorch_tensor tensor, ctorch_device *out);
ctorch_status ctorch_tensor_is_contiguous(ctorch_tensor tensor, bool *out);
/// The first element's address; of use on the CPU only.
ctorch_status ctorch_tensor_data(ctorch_tensor tensor, void **out);
/// Copies all elements in row-major order to host memory; `bytes` must be their exact size.
ctorch_status ctorch_tensor_copy_to_host(ctorch_tensor tensor, void *out, size_t bytes);

ctorch_status ctorch_empty(const int64_t *sizes, size_t count, ctorch_dtype dtype,
                           ctorch_device device, ctorch_tensor *out);
ctorch_status ctorch_full(const int64_t *sizes, size_t count, double value, ctorch_dtype dtype,
                          ctorch_device device, ctorch_tensor *out);
/// Zeros that are kept for long: on the CPU their memory comes when they are first touched.
ctorch_status ctorch_kept_zeros(const int64_t *sizes, size_t count, ctorch_dtype dtype,
                                ctorch_device device, ctorch_tensor *out);
/// Normal numbers from the process-wide generator.
ctorch_status ctorch_randn(const int64_t *sizes, size_t count, ctorch_dtype dtype,
                           ctorch_device device, ctorch_tensor *out);
/// Uniform float32 numbers from 0 to below 1, from a generator of its own that begins at `seed`.
ctorch_status ctorch_rand_seeded(const int64_t *sizes, size_t count, uint64_t seed,
                                 ctorch_device device, ctorch_tensor *out);
ctorch_status ctorch_from_host(const void *data, const int64_t *sizes, size_t count,
                               ctorch_dtype dtype, ctorch_device device, ctorch_tensor *out);
ctorch_status ctorch_to(ctorch_tensor a, ctorch_dtype dtype, ctorch_device device,
                        ctorch_tensor *out);
ctorch_status ctorch_clone(ctorch_tensor a, ctorch_tensor *out);
ctorch_status ctorch_contiguous(ctorch_tensor a, ctorch_tensor *out);
ctorch_status ctorch_copy_(ctorch_tensor a, ctorch_tensor source);
ctorch_status ctorch_fill_(ctorch_tensor a, double value);
/// True where shape, dtype and every element are the same.
ctorch_status ctorch_equal(ctorch_tensor a, ctorch_tensor b, bool *out);

// ---- Element by element (pointwise.cpp)

ctorch_status ctorch_add(ctorch_tensor a, ctorch_tensor b, ctorch_tensor *out);
ctorch_status ctorch_sub(ctorch_tensor a, ctorch_tensor b, ctorch_tensor *out);
ctorch_status ctorch_mul(ctorch_tensor a, ctorch_tensor b, ctorch_tensor *out);
ctorch_status ctorch_div(ctorch_tensor a, ctorch_tensor b, ctorch_tensor *out);
ctorch_status ctorch_add_scalar(ctorch_tensor a, double b, ctorch_tensor *out);
ctorch_status ctorch_mul_scalar(ctorch_tensor a, double b, ctorch_tensor *out);
ctorch_status ctorch_div_scalar(ctorch_tensor a, double b, ctorch_tensor *out);
ctorch_status ctorch_gt(ctorch_tensor a, ctorch_tensor b, ctorch_tensor *out);
ctorch_status ctorch_eq(ctorch_tensor a, ctorch_tensor b, ctorch_tensor *out);
ctorch_status ctorch_neg(ctorch_tensor a, ctorch_tensor *out);
ctorch_status ctorch_exp(ctorch_tensor a, ctorch_tensor *out);
ctorch_status ctorch_cos(ctorch_tensor a, ctorch_tensor *out);
ctorch_status ctorch_sin(ctorch_tensor a, ctorch_tensor *out);
ctorch_status ctorch_rsqrt(ctorch_tensor a, ctorch_tensor *out);
ctorch_status ctorch_sqrt(ctorch_tensor a, ctorch_tensor *out);
ctorch_status ctorch_tanh(ctorch_tensor a, ctorch_tensor *out);
ctorch_status ctorch_silu(ctorch_tensor a, ctorch_tensor *out);
ctorch_status ctorch_silu_backward(ctorch_tensor gradient, ctorch_tensor a, ctorch_tensor *out);
/// x Φ(x), by the error function or by its approximation with tanh.
ctorch_status ctorch_gelu(ctorch_tensor a, bool with_tanh, ctorch_tensor *out);
ctorch_status ctorch_gelu_backward(ctorch_tensor gradient, ctorch_tensor a, bool with_tanh,
                                   ctorch_tensor *out);
/// A copy with `value` where the mask, of booleans, is true.
ctorch_status ctorch_masked_fill(ctorch_tensor a, ctorch_tensor mask, double value,
                                 ctorch_tensor *out);
ctorch_status ctorch_add_(ctorch_tensor a, ctorch_tensor b, double alpha);
ctorch_status ctorch_mul_(ctorch_tensor a, ctorch_tensor b);
ctorch_status ctorch_mul_scalar_(ctorch_tensor a, double b);
/// a += value * b * c
ctorch_status ctorch_addcmul_(ctorch_tensor a, ctorch_tensor b, ctorch_tensor c, double value);
ctorch_status ctorch_exp_(ctorch_tensor a);

// ---- Over dimensions (reduction.cpp)

ctorch_status ctorch_sum(ctorch_tensor a, const int64_t *dimensions, size_t count, bool keep,
                         ctorch_tensor *out);
ctorch_status ctorch_mean(ctorch_tensor a, const int64_t *dimensions, size_t count, bool keep,
                          ctorch_tensor *out);
ctorch_status ctorch_argmax(ctorch_tensor a, int64_t dimension, ctorch_tensor *out);
ctorch_status ctorch_logsumexp(ctorch_tensor a, int64_t dimension, bool keep, ctorch_tensor *out);
ctorch_status ctorch_softmax(ctorch_tensor a, int64_t dimension, ctorch_tensor *out);
/// Over the last dimension; `weight` and `bias` have its length.
ctorch_status ctorch_layer_norm(ctorch_tensor a, ctorch_tensor weight, ctorch_tensor bias,
                                double epsilon, ctorch_tensor *out);
/// Euclidean norm over one dimension, accumulated and returned in float32 for 16-bit inputs.
ctorch_status ctorch_norm(ctorch_tensor a, int64_t dimension, bool keep, ctorch_tensor *out);
/// One tensor of shape [count]: the Euclidean norm of each tensor, of 16-bit ones in float32.
ctorch_status ctorch_foreach_norm(const ctorch_tensor *tensors, size_t count, ctorch_tensor *out);
ctorch_status ctorch_foreach_mul_(const ctorch_tensor *tensors, size_t count, ctorch_tensor scale);

// ---- Matrix products (matrix.cpp)

ctorch_status ctorch_matmul(ctorch_tensor a, ctorch_tensor b, ctorch_tensor *out);
/// a weightᵀ + bias; `weight` is [outputs, inputs]; `bias` may be null.
ctorch_status ctorch_linear(ctorch_tensor a, ctorch_tensor weight, ctorch_tensor bias,
                            ctorch_tensor *out);
/// a += b c
ctorch_status ctorch_addmm_(ctorch_tensor a, ctorch_tensor b, ctorch_tensor c);

// ---- Shapes and places (indexing.cpp)

ctorch_status ctorch_reshape(ctorch_tensor a, const int64_t *sizes, size_t count,
                             ctorch_tensor *out);
ctorch_status ctorch_transpose(ctorch_tensor a, int64_t first, int64_t second, ctorch_tensor *out);
ctorch_status ctorch_narrow(ctorch_tensor a, int64_t dimension, int64_t start, int64_t length,
                            ctorch_tensor *out);
ctorch_status ctorch_cat(const ctorch_tensor *tensors, size_t count, int64_t dimension,
                         ctorch_tensor *out);
ctorch_status ctorch_unsqueeze(ctorch_tensor a, int64_t dimension, ctorch_tensor *out);
ctorch_status ctorch_squeeze(ctorch_tensor a, int64_t dimension, ctorch_tensor *out);
ctorch_status ctorch_index_select(ctorch_tensor a, int64_t dimension, ctorch_tensor index,
                                  ctorch_tensor *out);
ctorch_status ctorch_gather(ctorch_tensor a, int64_t dimension, ctorch_tensor index,
                            ctorch_tensor *out);
ctorch_status ctorch_index_add_(ctorch_tensor a, int64_t dimension, ctorch_tensor index,
                                ctorch_tensor source);
ctorch_status ctorch_scatter_add_(ctorch_tensor a, int64_t dimension, ctorch_tensor index,
                                  ctorch_tensor source);
ctorch_status ctorch_embedding(ctorch_tensor weight, ctorch_tensor indices, ctorch_tensor *out);
/// The lower triangle, [rows, columns] of booleans: true where column <= row + diagonal.
ctorch_status ctorch_lower_triangle(int64_t rows, int64_t columns, int64_t diagonal,
                                    ctorch_device device, ctorch_tensor *out);

// ---- Attention (attention.cpp, tree_attention.cpp)

/// Neighbouring rows.
typedef struct {
  int64_t first, count;
} ctorch_range;

/// Spans of rows, each behind the one before it, from row 0 on. What all rows of a span see beside
/// each other are ranges of rows before it: `context_counts` says how many, `contexts` has those
/// of all spans, in order.
typedef struct {
  size_t count;
  const ctorch_range *rows;
  const size_t *context_counts;
  const ctorch_range *contexts;
} ctorch_spans;

/// Attention on the CPU over spans that cover all rows, float32 or bfloat16.
/// query [row, head, size], key and value [row, key head, size]; a row sees the last `window`
/// positions, all where it is 0. logsumexp is [head, row], float32.
ctorch_status ctorch_tree_attention(ctorch_tensor query, ctorch_tensor key, ctorch_tensor value,
                                    const ctorch_spans *spans, int64_t window, double scale,
                                    ctorch_tensor *out, ctorch_tensor *out_logsumexp);
ctorch_status ctorch_tree_attention_backward(ctorch_tensor gradient, ctorch_tensor query,
                                             ctorch_tensor key, ctorch_tensor value,
                                             ctorch_tensor output, ctorch_tensor logsumexp,
                                             const ctorch_spans *spans, int64_t window,
                                             double scale, ctorch_tensor *out_query,
                                             ctorch_tensor *out_key, ctorch_tensor *out_value);
/// Flash attention for CUDA over sequences behind each other: query [row, head, size], key and value
/// [key, head, size]; offsets are int32, [sequences + 1]; logsumexp is [row, head].
ctorch_status ctorch_flash_attention_cuda(ctorch_tensor query, ctorch_tensor key,
                                          ctorch_tensor value, ctorch_tensor query_offsets,
                                          ctorch_tensor key_offsets, int64_t longest_query,
                                          int64_t longest_key, bool is_causal, double scale,
                                          ctorch_tensor *out, ctorch_tensor *out_logsumexp);
ctorch_status ctorch_flash_attention_cuda_backward(
    ctorch_tensor gradient, ctorch_tensor query, ctorch_tensor key, ctorch_tensor value,
    ctorch_tensor output, ctorch_tensor logsumexp, ctorch_tensor query_offsets,
    ctorch_tensor key_offsets, int64_t longest_query, int64_t longest_key, bool is_causal,
    double scale, ctorch_tensor *out_query, ctorch_tensor *out_key, ctorch_tensor *out_value);
/// libtorch's own choice of kernel for the device. query [batch, head, row, size]; key and value may
/// have fewer heads, in groups; mask (null or [row, key], boolean or of the query's dtype) and
/// `is_causal` exclude each other.
ctorch_status ctorch_scaled_dot_product_attention(ctorch_tensor query, ctorch_tensor key,
                                                  ctorch_tensor value, bool is_causal,
                                                  ctorch_tensor mask, double scale,
                                                  ctorch_tensor *out);

// ---- Fused passes on the CPU (fused.cpp, scores.cpp)
//
// All tensors lie on the CPU, in float32 or all in bfloat16, where nothing else is said; sums and
// elementary functions are float32.

/// How the weight comes into a norm: behind the rounding to the dtype, before it, or plus one
/// before it.
typedef enum {
  CTORCH_NORM_ROUNDED_FIRST = 0,
  CTORCH_NORM_ROUNDED_LAST,
  CTORCH_NORM_ONE_PLUS_WEIGHT,
} ctorch_norm_form;

/// x / √(mean(x²) + ε) · weight over the last dimension; `out_scale` has the factor of each row,
/// float32.
ctorch_status ctorch_fused_rms_norm(ctorch_tensor x, ctorch_tensor weight, double epsilon,
                                    ctorch_norm_form form, ctorch_tensor *out,
                                    ctorch_tensor *out_scale);
/// Its gradients; null where not needed.
ctorch_status ctorch_fused_rms_norm_backward(ctorch_tensor gradient, ctorch_tensor x,
                                             ctorch_tensor weight, ctorch_tensor scale,
                                             ctorch_norm_form form, bool needs_x,
                                             bool needs_weight, ctorch_tensor *out_x,
                                             ctorch_tensor *out_weight);
/// Rotates the halves of what turns of each head; back where it is the backward.
///
/// `x` is [rows, heads, size], `cosine` [rows, 1, size], `sine` [rows, 1, half].
ctorch_status ctorch_fused_rotate(ctorch_tensor x, ctorch_tensor cosine, ctorch_tensor sine,
                                  bool is_backward, ctorch_tensor *out);
/// silu(gate) · up.
ctorch_status ctorch_fused_silu_gate(ctorch_tensor gate, ctorch_tensor up, ctorch_tensor *out);
ctorch_status ctorch_fused_silu_gate_backward(ctorch_tensor gradient, ctorch_tensor gate,
                                              ctorch_tensor up, ctorch_tensor *out_gate,
                                              ctorch_tensor *out_up);
/// What a row of logits says of its target: [rows, 6], float32.
///
/// The normalizer, the target's log-probability, the entropy, the mean logit, 1 where the target is
/// the first largest, and log Σ p². `targets` is [rows], int64.
ctorch_status ctorch_fused_scores(ctorch_tensor logits, ctorch_tensor targets, ctorch_tensor *out);
/// Puts the gradient of the logits in their place, for one of each target's log-probability.
ctorch_status ctorch_fused_scores_backward_(ctorch_tensor logits, ctorch_tensor targets,
                                            ctorch_tensor normalizers, ctorch_tensor gradients);

// ---- Profile (profile.cpp)

/// Counts the time that this thread's operations take, until the end.
ctorch_status ctorch_profile_begin(void);
/// Names what the thread does from here on, by a number; returns the one before, 0 at first.
int32_t ctorch_profile_section(int32_t section);
/// An operation's own time in a section, without that of those it calls.
typedef void (*ctorch_profile_receiver)(void *context, int32_t section, const char *operation,
                                        double seconds, int64_t calls);
/// Hands out the sums, and by how many bytes tensors grew at most.
ctorch_status ctorch_profile_end(ctorch_profile_receiver receive, void *context,
                                 int64_t *out_peak_bytes);

// ---- Automatic differentiation (autograd.cpp)

ctorch_status ctorch_get_grad_enabled(bool *out);
ctorch_status ctorch_set_grad_enabled(bool enabled);
ctorch_status ctorch_requires_grad(ctorch_tensor tensor, bool *out);
ctorch_status ctorch_set_requires_grad(ctorch_tensor tensor, bool value);
/// Whether a tensor was not computed from others that gradients flow to.
ctorch_status ctorch_is_leaf(ctorch_tensor tensor, bool *out);
/// The gradient collected in a leaf; null where there is none.
ctorch_status ctorch_grad(ctorch_tensor tensor, ctorch_tensor *out);
/// Sets the gradient of a leaf; null lets it go.
ctorch_status ctorch_set_grad(ctorch_tensor tensor, ctorch_tensor gradient);
/// Has a function called whenever the backward has added to the gradient of a leaf; null ends that.
///
/// `release(state)` is called once, when another function takes its place, or with the leaf, also
/// when this function fails. On failure, the function sets the last error.
ctorch_status ctorch_set_gradient_hook(ctorch_tensor leaf, ctorch_status (*hook)(void *state),
                                       void *state, void (*release)(void *state));
ctorch_status ctorch_detach(ctorch_tensor a, ctorch_tensor *out);
/// Adds the gradients of a scalar to the leaves below it and lets the graph go.
ctorch_status ctorch_backward(ctorch_tensor scalar);
/// The same for tensors of any shape, given the gradients of a scalar with respect to them.
///
/// May be called by the backward of a function that the caller defines.
ctorch_status ctorch_backward_from(const ctorch_tensor *tensors, const ctorch_tensor *gradients,
                                   size_t count);

/// The backward of a function that the caller defines.
///
/// `gradients` has one tensor per output (zeros where an output was not used), borrowed.
/// `needs` tells for each input whether its gradient is asked for. `results` has room for one
/// owned tensor per input, null where there is no gradient. On failure, set the last error.
typedef ctorch_status (*ctorch_backward_function)(void *state, const ctorch_tensor *gradients,
                                                  size_t gradient_count, const bool *needs,
                                                  ctorch_tensor *results, size_t result_count);

/// Makes `outputs`, computed by the caller without a graph, depend on `inputs` in the graph.
///
/// `results` gets one owned tensor per output. `release(state)` is called once, when the backward
/// has run or the graph is let go, also when this function fails.
ctorch_status ctorch_custom_function(const ctorch_tensor *inputs, size_t input_count,
                                     const ctorch_tensor *outputs, size_t output_count,
                                     void *state, ctorch_backward_function backward,
                                     void (*release)(void *state), ctorch_tensor *results);

// ---- Optimizers (optimizers.cpp)

/// One fused AdamW step over all parameters (PyTorch's `_fused_adamw_`).
///
/// `steps` are float32 scalars that count the updates including this one.
ctorch_status ctorch_fused_adamw_(const ctorch_tensor *parameters, const ctorch_tensor *gradients,
                                  const ctorch_tensor *averages,
                                  const ctorch_tensor *squared_averages,
                                  const ctorch_tensor *steps, size_t count, double learning_rate,
                                  double beta1, double beta2, double weight_decay, double epsilon);
/// One fused SGD step (PyTorch's `_fused_sgd_`); `momenta`, zeros before the first step, may be null
/// where momentum is 0.
ctorch_status ctorch_fused_sgd_(const ctorch_tensor *parameters, const ctorch_tensor *gradients,
                                const ctorch_tensor *momenta, size_t count, double learning_rate,
                                double momentum, double weight_decay, bool nesterov);

#ifdef __cplusplus
}
#endif
