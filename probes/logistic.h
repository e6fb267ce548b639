// Multinomial logistic probes: convex, so the answer does not depend on the way to it.
#pragma once

#include <functional>

#include "probes/inputs.h"

namespace othello {

/// The rows of a probe and what is to be read from them: one convex problem for each unit of a target, side by side.
struct LogisticProblem {
  const ProbeInput& input;
  const ProbeBatches& batches;
  std::vector<int> parities;  // the rows of these
  std::size_t target;         // index into ProbeBatch::labels
  std::int64_t units, classes;
};

struct LogisticSettings {
  double l2 = 1e-5;         // the mean cross-entropy of each unit, in nats, has l2/2 · Σ penalty_j ‖W_j‖² added
  double tolerance = 1e-5;  // of the largest gradient, per unit, in units where each column's mean square is 1
  int most_passes = 500;    // over the rows
  int workers = 1;          // results do not depend on it
  std::function<void()> pause = {};  // between passes: may throw to give up
};

struct LogisticFit {
  Tensor weights;       // [width, units·classes] fp32
  double gradient = 0;  // the largest at the end: the tolerance that was reached
  double loss = 0;      // mean cross-entropy over units and rows, in nats, without the penalty
  int passes = 0;       // evaluations of loss and gradient of all rows
  bool converged = false;
};

/// Minimises from `start` ([width, units·classes]; undefined = zero) with steps of limited-memory BFGS that each unit
/// takes or shortens for itself; see logistic_curvature.h for their preconditioners. penalty_j is 1 for a feature whose
/// mean square is that of its kind (ProbeInput::penalty / rows); intercepts have 1e-8 / l2, which keeps that of a class
/// that never occurs finite. Without l2, separable labels have no optimum: it stops at `most_passes`. Throws Error if
/// there are no rows.
LogisticFit fit_logistic(const LogisticProblem& problem, const LogisticSettings& settings, const Tensor& start = {});

}  // namespace othello
