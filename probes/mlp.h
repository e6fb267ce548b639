// Probes with one hidden layer (Li et al. 2023, arXiv 2210.13382): what is there, but not linearly.
#pragma once

#include <functional>

#include "probes/inputs.h"

namespace othello {

/// Rows and labels to fit, and those of other games that tell when to stop.
struct MlpProblem {
  const ActivationInput& input;  // its intercept is not used: the layers have their own
  const ProbeBatches& fit;
  const ProbeBatches& held_out;
  std::vector<int> parities;
  std::size_t target;  // index into ProbeBatch::labels
  std::int64_t units, classes;
};

struct MlpSettings {
  std::int64_t width = 128;  // of the hidden layer
  double rate = 1e-3;        // of Adam; halved after an epoch that did not help
  std::int64_t batch_rows = 1024;
  int most_epochs = 32;
  int patience = 3;  // epochs in a row that did not help
  std::uint64_t seed = 0;
  int workers = 1;                   // results do not depend on it
  std::function<void()> pause = {};  // between epochs: may throw to give up
};

/// Scores = relu(((x − mean) / deviation)·w1 + b1)·w2 + b2.
struct MlpProbe {
  Tensor mean, deviation;  // [features]
  Tensor w1, b1;           // [features, width], [width]
  Tensor w2, b2;           // [width, units·classes], [units·classes]

  /// x [rows, features] → [rows, units·classes]
  Tensor logits(const Tensor& x) const;
};

struct MlpFit {
  MlpProbe probe;            // of the epoch with the lowest held-out loss
  int epochs = 0;            // all of them
  double held_out_loss = 0;  // mean cross-entropy over units and rows, in nats
  bool converged = false;    // stopped by patience

  /// Everything, and back.
  TensorList to_tensors() const;
  static MlpFit from_tensors(const TensorList& tensors);
};

/// Adam (Kingma & Ba 2015) on mini-batches in an order drawn from the seed. Holds one more copy of the rows to fit.
/// Throws Error if there are no rows in one of the two parts.
MlpFit fit_mlp(const MlpProblem& problem, const MlpSettings& settings);

}  // namespace othello
