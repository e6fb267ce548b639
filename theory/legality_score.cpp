#include "theory/legality_score.h"

namespace othello {
namespace {

/// Squares with a score above it count as legal: the one with the largest balanced accuracy.
double best_threshold(const Tensor& scores, const Tensor& truth) {
  const auto [sorted, order] = scores.flatten().sort(0, /*descending=*/true);
  const auto legal = truth.flatten().index_select(0, order).to(at::kDouble);
  const auto taken = legal.cumsum(0), wrong = (1 - legal).cumsum(0);
  const auto last = sorted.size(0) - 1;
  const auto balanced = taken / taken[last].clamp_min(1) - wrong / wrong[last].clamp_min(1);
  const auto best = balanced.argmax().item<std::int64_t>();
  const double at = sorted[best].item<double>();
  return best == last ? at - 1 : (at + sorted[best + 1].item<double>()) / 2;
}

}  // namespace

LegalityScore legality_score(const Tensor& fit_scores, const Tensor& fit_truth, const Tensor& scores,
                             const Tensor& truth) {
  const double threshold = best_threshold(fit_scores, fit_truth);
  const auto legal = truth.to(at::kDouble), taken = (scores > threshold).to(at::kDouble);
  const auto first = legal.gather(1, scores.argmax(1, true)).flatten();
  const auto sums = at::stack({first, at::ones_like(first), (legal * taken).sum(1), legal.sum(1),
                               ((1 - legal) * (1 - taken)).sum(1), (1 - legal).sum(1)},
                              1)
                        .contiguous();  // [m, 6]
  const Bootstrap bootstrap({sums.data_ptr<double>(), static_cast<std::size_t>(sums.numel())}, 6);
  return {bootstrap.of([](auto total) { return total[0] / total[1]; }),
          bootstrap.of([](auto total) { return (total[2] / total[3] + total[4] / total[5]) / 2; })};
}

}  // namespace othello
