// The loops of a training step that matrix products leave over, on plain arrays: compiled once per instruction set and
// chosen when the program runs (dispatch.h). Activations are of type T: float, or Bf16 given by its bits; sums, gains
// and statistics are fp32. model/fused.h makes operations of LibTorch of them.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace othello {

using Bf16 = uint16_t;  // the upper half of an fp32

/// Residual sum and layer norm: out = x + delta + bias, y = (out − mean)·inverse·gain + offset, row by row, with
/// inverse = 1/√(variance + epsilon).
template <class T>
struct NormTask {
  size_t rows, width;
  const float* x;     // [rows, width]
  const T* delta;     // [rows, width]; null: out is x and is not written
  const float* bias;  // [width], with delta
  const float* gain;
  const float* offset;
  float epsilon;
  float* out;      // [rows, width]
  T* y;            // [rows, width]
  float* mean;     // [rows]
  float* inverse;  // [rows]
};

/// Its gradient. dx is that of x and, in T, that of delta; the sums over rows are added to dbias, dgain and doffset.
template <class T>
struct NormGradientTask {
  size_t rows, width;
  const float* out;      // [rows, width]
  const float* mean;     // [rows]
  const float* inverse;  // [rows]
  const float* gain;     // [width]
  const T* dy;           // [rows, width]
  const float* dout;     // [rows, width] gradient that comes along the residual stream, or null
  float* dx;             // [rows, width]
  T* ddelta;             // [rows, width], or null and then dbias as well
  float* dbias;          // [width]
  float* dgain;
  float* doffset;
};

/// Of one row of scores: the largest, and 1/Σ exp(score − largest).
struct Softmax {
  float top, inverse_sum;
};

/// Causal attention of `games` × `heads`: z = softmax(q·kᵀ/√d_head)·v with (q, k, v) = qkv + bias.
template <class T>
struct AttentionTask {
  size_t games, positions, heads, head_width;
  const T* qkv;       // [games·positions, 3·heads·head_width]
  const float* bias;  // [3·heads·head_width]
  Softmax* softmax;   // [games, heads, positions]: written by the forward, read by the backward pass
  T* z;               // [games·positions, heads·head_width]: output of the forward pass
  const T* dz;        // of the backward pass
  T* dqkv;            // as qkv
  float* dbias;       // added to
  float* scratch;     // attention_scratch(positions, head_width) floats
};

/// The same attention of qkv, which has its bias already, and its derivative as qkv moves along dqkv.
struct AttentionTangentTask {
  size_t games, positions, heads, head_width;
  const float* qkv;   // [games·positions, 3·heads·head_width]
  const float* dqkv;  // as qkv
  float* z;           // [games·positions, heads·head_width]
  float* dz;          // as z
  float* scratch;     // attention_scratch(positions, head_width) floats
};

/// GELU, y = u·Φ(u) with u = x + bias; x becomes the derivative Φ(u) + u·φ(u).
template <class T>
struct GeluTask {
  size_t rows, width;
  T* x;               // [rows, width]
  const float* bias;  // [width]
  T* y;               // [rows, width]
};

/// dx = dy·derivative; its sum over rows is added to dbias.
template <class T>
struct GeluGradientTask {
  size_t rows, width;
  const T* derivative;  // [rows, width]
  const T* dy;          // [rows, width]
  T* dx;                // [rows, width]
  float* dbias;         // [width]
};

/// −Σ over rows of Σ p·ln softmax(logits), and its gradient by the logits. Of the two targets one is null.
template <class T>
struct LossTask {
  size_t rows, width;
  const T* logits;         // [rows, width]
  const int64_t* targets;  // [rows]: p is 1 there; 0 = no target in this row
  const float* p;          // [rows, width]: rows that sum to 1, or are 0 where there is no target
  T* dlogits;              // [rows, width]
};

template <class T>
struct TypedKernels {
  void (*norm)(const NormTask<T>& task);
  void (*norm_gradient)(const NormGradientTask<T>& task);
  void (*attention)(const AttentionTask<T>& task);
  void (*attention_gradient)(const AttentionTask<T>& task);
  void (*gelu)(const GeluTask<T>& task);
  void (*gelu_gradient)(const GeluGradientTask<T>& task);
  double (*loss)(const LossTask<T>& task);
  /// sum[i] = parts[0][i] + parts[1][i] + …, added in this order
  void (*sum)(float* sum, const T* const* parts, size_t count, size_t n);
};

struct AdamWFactors {
  float beta1, beta2, epsilon;
  float rate;          // learning rate / (1 − β1^step)
  float inverse_root;  // 1 / √(1 − β2^step)
  float keep;          // 1 − rate·weight decay
};

struct ModelKernels {
  const char* name;
  TypedKernels<float> fp32;
  TypedKernels<Bf16> bf16;
  void (*attention_tangent)(const AttentionTangentTask& task);
  /// n elements of weight, m and v are updated in place.
  void (*adamw)(float* weight, const float* gradient, float* m, float* v, size_t n, const AdamWFactors& factors);
  /// momentum += (1 − keep)·(gradient − momentum), in place; direction = gradient + keep·(momentum − gradient)
  void (*nesterov)(float* momentum, const float* gradient, float* direction, size_t n, float keep);
};

/// Floats of scratch that attention needs: for every vector width the same, a little more than it takes.
constexpr size_t attention_scratch(size_t positions, size_t head_width) {
  const size_t p = (positions + 15) / 16 * 16, w = (head_width + 15) / 16 * 16;
  return 3 * p * p + 8 * p * w + 16;
}

extern const ModelKernels kBaselineModelKernels;
#if defined(OTHELLO_X86_KERNELS)
extern const ModelKernels kAvx2ModelKernels;
extern const ModelKernels kAvx512ModelKernels;
#endif

}  // namespace othello
