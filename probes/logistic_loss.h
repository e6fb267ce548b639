// The loss of many multinomial logistic problems over the same rows, and its gradient.
#pragma once

#include "probes/logistic.h"

namespace othello {

/// At weights W: for some of the units.
struct LossAt {
  std::vector<double> loss;       // [units] mean cross-entropy, nats
  std::vector<double> objective;  // [units] with the penalty
  Tensor gradient;                // [width, classes, units] fp32, of the objective
};

/// Weights are [width, classes, units] here: what is done for each unit then vectorises over units.
class LogisticLoss {
 public:
  /// `penalty`: [width] fp64, of the objective loss + ½ Σ penalty_j ‖W_j‖². The problem must outlive this.
  LogisticLoss(const LogisticProblem& problem, ProbeBatches batches, Tensor penalty, int workers);

  std::int64_t rows() const { return rows_; }
  const LogisticProblem& problem() const { return problem_; }
  const Tensor& penalty() const { return penalty_; }
  int workers() const { return workers_; }
  /// The batches with the parities of the problem.
  const std::vector<std::pair<const ProbeBatch*, int>>& parts() const { return parts_; }

  /// `weights`: [width, classes, |units|] of these units.
  LossAt at(const Tensor& weights, const std::vector<std::int64_t>& units) const;

 private:
  const LogisticProblem& problem_;
  ProbeBatches batches_;
  Tensor penalty_;
  int workers_;
  std::vector<std::pair<const ProbeBatch*, int>> parts_;
  std::int64_t rows_ = 0;
};

/// Sums over `parts` parts of a pass, computed by `workers` in a fixed number of runs and added in order:
/// `add(part, sums)` with zeros of `shape` fp64.
Tensor sum_of_parts(int parts, int workers, at::IntArrayRef shape, const std::function<void(int, Tensor&)>& add);

}  // namespace othello
