// The operations of a training step fused over the kernels of model/kernels/, for CPU tensors in fp32 or bf16. Each is
// one function of autograd; model/operations.h has the plain formulas that they are tested against. Statistics, biases
// and sums are fp32. They can be differentiated once: a backward pass with create_graph throws Error.
#pragma once

#include <utility>

#include "model/torch.h"

namespace othello::fused {

/// Whether these operations know tensors of this kind.
bool supports(const Tensor& x);

/// {x + delta + bias, ops::layer_norm of it in the type of delta}. x [..., d] fp32, delta [..., d], bias, w and b [d]
/// fp32.
std::pair<Tensor, Tensor> residual_norm(const Tensor& x, const Tensor& delta, const Tensor& bias, const Tensor& w,
                                        const Tensor& b);

/// ops::layer_norm of x [..., d] fp32, in `precision`.
Tensor layer_norm(const Tensor& x, const Tensor& w, const Tensor& b, at::ScalarType precision);

/// softmax(q·kᵀ/√d_head + causal mask)·v of all heads. qkv [batch, pos, 3·d] without its bias [3·d] fp32: queries, keys
/// and values, each head by head → [batch, pos, d].
Tensor attention(const Tensor& qkv, const Tensor& bias, std::int64_t heads);

/// {attention of qkv, its derivative as qkv moves along dqkv}, without autograd. qkv [batch, pos, 3·d] with its bias
/// and dqkv of the same shape, fp32 → both [batch, pos, d].
std::pair<Tensor, Tensor> attention_with_tangent(const Tensor& qkv, const Tensor& dqkv, std::int64_t heads);

/// x·W. x [..., in], W [in, out] of one type → [..., out].
Tensor linear(const Tensor& x, const Tensor& w);

/// gelu(x·W + b). x [..., in], W [in, out], b [out] fp32 → [..., out].
Tensor linear_gelu(const Tensor& x, const Tensor& w, const Tensor& b);

/// Σ over rows with a target of −log softmax(logits)[target]. logits [rows, vocabulary], targets [rows] int64, 0 = none
/// → fp64 scalar.
Tensor cross_entropy_sum(const Tensor& logits, const Tensor& targets);

/// The same against a distribution: −Σ p·log softmax(logits). p [rows, vocabulary] fp32: rows that sum to 1, or 0.
Tensor cross_entropy_sum_expected(const Tensor& logits, const Tensor& p);

}  // namespace othello::fused
