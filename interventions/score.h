// Whether the model's answer fits a board.
#pragma once

#include <cstdint>
#include <span>

namespace othello {

/// Li et al. 2023: false positives + false negatives of the N most probable tokens against the `legal` set (bit k−1 =
/// token k), N = its size, so it is twice the false positives. `logits` [vocabulary]; padding (token 0) is no
/// answer; ties go to the smaller token.
int top_n_error(std::span<const float> logits, std::uint64_t legal);

}  // namespace othello
