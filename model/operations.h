// The operations that the transformer is written over, as plain LibTorch formulas.
#pragma once

#include "model/torch.h"

namespace othello::ops {

inline constexpr double kNormEpsilon = 1e-5;

/// x·W + b. x [..., in], W [in, out], b [out] or undefined → [..., out], in the precision of W.
Tensor linear(const Tensor& x, const Tensor& w, const Tensor& b);

/// Layer norm over the last dimension in fp32: (x − mean)/√(var + ε)·w + b.
Tensor layer_norm(const Tensor& x, const Tensor& w, const Tensor& b);

/// √(var + ε) over the last dimension: [..., 1].
Tensor norm_scale(const Tensor& x);
/// layer_norm with a given scale: (x − mean)/scale·w + b.
Tensor layer_norm_with_scale(const Tensor& x, const Tensor& scale, const Tensor& w, const Tensor& b);

/// 0 on and below the diagonal, −∞ above: [pos, pos].
Tensor causal_mask(std::int64_t positions, const at::TensorOptions& options);

/// q·kᵀ/√d_head + mask. q and k [batch, head, pos, d_head], mask [pos, pos] → [batch, head, query, key].
Tensor attention_scores(const Tensor& q, const Tensor& k, const Tensor& mask);

/// Exact GELU, x·Φ(x).
Tensor gelu(const Tensor& x);

/// Σ over rows with a target of −log softmax(logits)[target]. logits [rows, vocabulary] (any precision, computed in
/// fp32), targets [rows] int64, 0 = none.
Tensor cross_entropy_sum(const Tensor& logits, const Tensor& targets);

/// The same against a distribution: −Σ p·log softmax(logits). p [rows, vocabulary] fp32, all 0 where there is none.
Tensor cross_entropy_sum_expected(const Tensor& logits, const Tensor& p);

}  // namespace othello::ops
