// Logistic regression on a few factors, with intervals over clusters of rows.
#pragma once

#include <vector>

#include "common/statistics.h"
#include "model/torch.h"

namespace othello {

/// Log-odds of `happened` per standard deviation of each factor, the others held fixed: x fp64 [rows, factors],
/// happened fp64 [rows] of 0 and 1, cluster int64 [rows] from 0 to clusters − 1. Fitted by Newton steps (iteratively
/// reweighted least squares: McCullagh & Nelder 1989, §2.5); a resample takes one such step from the fit to all rows.
/// Undefined (not a number) for a factor that does not vary, and everywhere if `happened` does not.
std::vector<Sampled> logistic_regression(const Tensor& x, const Tensor& happened, const Tensor& cluster,
                                         std::int64_t clusters);

}  // namespace othello
