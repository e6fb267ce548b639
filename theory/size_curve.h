// How fast errors fall with the number of positions that fit.
#pragma once

#include <vector>

#include "common/statistics.h"
#include "model/torch.h"

namespace othello {

struct SizeCurve {
  std::vector<std::int64_t> sizes;
  std::vector<Sampled> errors;  // share of squares answered wrong
  Sampled exponent;             // a of error ∝ n^{−a}, least squares of log error on log n
};

/// `answers`: by size, int64 [m, squares] on the same rows that report; `states` what is right. Positions are the
/// clusters, the same ones resampled at all sizes. The exponent is undefined with fewer than two sizes or no error.
SizeCurve size_curve(const std::vector<std::int64_t>& sizes, const TensorList& answers, const Tensor& states);

}  // namespace othello
