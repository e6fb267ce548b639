#include "model/prefix.h"

#include <cmath>
#include <limits>

namespace othello {

std::int64_t Prefix::longest() const { return lengths.max().item<std::int64_t>(); }

// One query a row is the usual case: sums of products beat a matrix product for each row and head there.

Tensor Prefix::scores(const Tensor& q, std::size_t layer) const {
  const auto& k = keys[layer];  // [rows, past, head, d_head]
  const auto past = k.size(1);
  const auto scale = 1 / std::sqrt(static_cast<double>(q.size(3)));
  const auto products = q.size(2) == 1 ? (q.transpose(1, 2) * k).sum(-1).transpose(1, 2).unsqueeze(2)
                                       : at::matmul(q, k.permute({0, 2, 3, 1}));          // [rows, head, pos, past]
  const auto missing = at::arange(past, at::kLong).unsqueeze(0) >= lengths.unsqueeze(1);  // [rows, past]
  return (products * scale).masked_fill(missing.unsqueeze(1).unsqueeze(1), -std::numeric_limits<float>::infinity());
}

Tensor Prefix::read(const Tensor& pattern, std::size_t layer) const {
  const auto& v = values[layer];  // [rows, past, head, d_head]
  const auto of_past = pattern.slice(-1, 0, v.size(1));
  if (pattern.size(2) > 1) return at::matmul(of_past, v.transpose(1, 2));
  return (of_past.squeeze(2).transpose(1, 2).unsqueeze(-1) * v).sum(1).unsqueeze(2);
}

}  // namespace othello
