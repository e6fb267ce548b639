#include "model/operations.h"

#include <cmath>
#include <limits>

namespace othello::ops {

Tensor linear(const Tensor& x, const Tensor& w, const Tensor& b) {
  const auto rows = x.reshape({-1, x.size(-1)}).to(w.scalar_type());  // [rows, in]
  const auto y = b.defined() ? at::addmm(b.to(w.scalar_type()), rows, w) : at::mm(rows, w);
  auto shape = x.sizes().vec();
  shape.back() = w.size(1);
  return y.view(shape);
}

Tensor layer_norm(const Tensor& x, const Tensor& w, const Tensor& b) {
  return at::layer_norm(x, {x.size(-1)}, w, b, kNormEpsilon);
}

Tensor norm_scale(const Tensor& x) {
  const auto centred = x - x.mean(-1, true);
  return (centred.square().mean(-1, true) + kNormEpsilon).sqrt();
}

Tensor layer_norm_with_scale(const Tensor& x, const Tensor& scale, const Tensor& w, const Tensor& b) {
  return (x - x.mean(-1, true)) / scale * w + b;
}

Tensor causal_mask(std::int64_t positions, const at::TensorOptions& options) {
  return at::full({positions, positions}, -std::numeric_limits<float>::infinity(), options).triu(1);
}

Tensor attention_scores(const Tensor& q, const Tensor& k, const Tensor& mask) {
  const auto batch = q.size(0), heads = q.size(1), positions = q.size(2), d_head = q.size(3);
  const auto flat = [&](const Tensor& x) { return x.reshape({batch * heads, positions, d_head}); };
  const auto scores = at::baddbmm(mask.expand({batch * heads, positions, positions}), flat(q), flat(k).transpose(1, 2),
                                  1, 1 / std::sqrt(static_cast<double>(d_head)));
  return scores.view({batch, heads, positions, positions});
}

Tensor gelu(const Tensor& x) { return at::gelu(x); }

Tensor cross_entropy_sum(const Tensor& logits, const Tensor& targets) {
  const auto log_p = at::log_softmax(logits.to(at::kFloat), -1);
  return at::nll_loss(log_p, targets, {}, at::Reduction::Sum, /*ignore_index=*/0);
}

Tensor cross_entropy_sum_expected(const Tensor& logits, const Tensor& p) {
  return -(at::log_softmax(logits.to(at::kFloat), -1) * p).sum();
}

}  // namespace othello::ops
