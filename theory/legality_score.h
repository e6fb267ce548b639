// How well scores of squares tell which moves are legal: what the network was trained for, on far more games.
#pragma once

#include "common/statistics.h"
#include "model/torch.h"

namespace othello {

struct LegalityScore {
  Sampled top1;      // share of positions whose best-scored playable square is a legal move
  Sampled balanced;  // mean of the shares of legal and of illegal squares on their side of a threshold
};

/// Scores fp64 and truth (legal or not, uint8): [n, moves] of the rows that fit, on which the threshold is chosen, and
/// [m, moves] of those that report. Scores of the former must not know their own labels: leave-one-out ones.
LegalityScore legality_score(const Tensor& fit_scores, const Tensor& fit_truth, const Tensor& scores,
                             const Tensor& truth);

}  // namespace othello
