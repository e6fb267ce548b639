// Whether the model's answer fits a board.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace othello {

/// The `count` most probable tokens as a set: bit k−1 = token k. `logits` [vocabulary]; padding (token 0) is no answer;
/// ties go to the smaller token.
std::uint64_t top_tokens(std::span<const float> logits, int count);

/// Li et al. 2023 (arXiv 2210.13382, section 4.1): false positives + false negatives of the N most probable tokens
/// against the `legal` set (bit k−1 = token k), N = its size, so it is twice the false positives.
int top_n_error(std::span<const float> logits, std::uint64_t legal);

/// What `top_n_error` is at least, for a model whose every legal move is more probable than any other and that did not
/// notice the change: 2·min(|after ∖ before|, |before ∖ after|).
int null_lower_bound(std::uint64_t before, std::uint64_t after);

/// A measure of an answer.
enum class Score {
  error,        // top_n_error against the legal moves after the change
  f1,           // of the same N moves
  legal_top1,   // 1 if the most probable move is legal after the change
  mass_gained,  // probability of moves that the change makes legal; of those that it makes illegal:
  mass_lost,    // both are undefined without such moves
  kl,           // Σ u·ln(u/p), nats, of the uniform distribution u over the moves that are legal after the change
  logit_difference,  // mean logit of moves legal only after it − that of moves legal only before it
  overlap,           // share of the N moves that are also among the N of the answer without an edit
  overlap_before,    // share of the N moves that are legal before the change
};
inline constexpr int kScores = 9;
/// By Score: "error", "f1", …
const std::vector<const char*>& score_names();

/// What an answer is scored against: sets of tokens, bit k−1 = token k.
struct Legal {
  std::uint64_t before = 0, after = 0;
};

/// By Score; NaN where undefined. `unedited`: the answer without an edit. Both [vocabulary].
std::vector<double> scores(std::span<const float> logits, std::span<const float> unedited, const Legal& legal);

}  // namespace othello
