// Keys and values of positions that are not computed again.
#pragma once

#include <vector>

#include "model/torch.h"

namespace othello {

/// What attention needs of the positions before those that a pass computes, so that a pass costs only the latter. Rows
/// may have different numbers of them: row r has the first lengths[r], and what stands behind those must be finite but
/// does not matter.
struct Prefix {
  TensorList keys, values;  // by layer: [rows, past, head, d_head]
  Tensor lengths;           // [rows] int64

  std::int64_t longest() const;
  /// q [rows, head, pos, d_head] → q·kᵀ/√d_head over the past positions, −∞ where a row has none: [rows, head, pos,
  /// past].
  Tensor scores(const Tensor& q, std::size_t layer) const;
  /// pattern [rows, head, pos, past + …] → what it reads of the past: [rows, head, pos, d_head].
  Tensor read(const Tensor& pattern, std::size_t layer) const;
};

}  // namespace othello
