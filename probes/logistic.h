// Multinomial logistic probes: convex, so the answer does not depend on the way to it.
#pragma once

#include "model/torch.h"

namespace othello {

struct LogisticFit {
  Tensor weights;            // [width, squares·3]
  double gradient_norm = 0;  // largest absolute gradient at the end: the tolerance reached
  int iterations = 0;
};

/// Minimises mean cross-entropy over rows and squares + l2/2·‖W‖² (intercept in the last column unpenalised) by
/// L-BFGS from `start`. x [rows, width] fp32, states [rows, squares] int64 of 3 classes.
LogisticFit fit_logistic(const Tensor& x, const Tensor& states, const Tensor& start, double l2, int max_iterations);

}  // namespace othello
