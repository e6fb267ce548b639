// Where a kernel fails that the network's activations do not, and what those places have in common.
#pragma once

#include "theory/concept_accuracy.h"
#include "theory/position_sample.h"

namespace othello {

/// The set D of (position, square with a disc) that `network` answers right and `kernel` does not: int64 [m, squares].
/// {"share": E of the discs, "reverse_share": E of those that the kernel answers right and the network does not, "net":
///  E, paired, share less reverse share, "by_flips", "by_ply", "by_captured", "by_line_length": [{"value", "share":
///  E}…], the last two of the last move, "regression": [{"factor", "coefficient": E}…], log-odds of D per standard
///  deviation among the discs that the network answers right}
/// Positions are the clusters.
Json failure_factors(const PositionSample& sample, const BoardTruth& truth, const Tensor& kernel,
                     const Tensor& network);

/// What feature learning gains: the margin, score of the true class less the best other one, in units of the standard
/// deviation of all margins (position, square) of its own source; after training less at initialisation, mean over the
/// discs. Scores fp64 [m, squares·3]. {"score": E, "by_flips": [{"flips", "score": E}…]}
Json feature_learning(const BoardTruth& truth, const Tensor& init_scores, const Tensor& trained_scores);

}  // namespace othello
