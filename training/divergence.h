// Training that goes wrong: noticed at every step, told with the norms of every layer.
#pragma once

#include <deque>

#include "training/optimizer.h"

namespace othello {

/// The loss or a weight is no longer a finite number, or the loss has risen and stays up.
class Diverged : public Error {
 public:
  using Error::Error;
};

/// Notices a loss that has risen for good. The level is the lowest median of kWindow losses in a row so far, so noise
/// and single bad batches do not move it, and the fall of early training only lowers it. It starts at the loss of equal
/// chances, which no model in its senses exceeds.
class LossWatch {
 public:
  static constexpr std::size_t kWindow = 50;
  static constexpr int kPatience = 20;

  /// `margin` in nats, 0 = never rises; `level` in nats.
  LossWatch(double margin, double level) : margin_(margin), level_(level) {}

  /// Takes the next step's loss; throws Diverged after kPatience losses in a row that exceed the level by the margin.
  void add(double loss);
  /// A level that was reached before, as metrics tell.
  void reached(double level) { level_ = std::min(level_, level); }
  /// How many of the last losses in a row exceed the level by the margin.
  int high() const { return high_; }

 private:
  double margin_, level_;
  std::deque<double> window_;
  int high_ = 0;
};

/// Throws Diverged naming the first weight that holds a number that is not finite.
void require_finite(const Parameters& parameters);

/// A line for each block, the embeddings, the last norm and the head: the Euclidean norms of its weights and of the
/// optimizer's running mean of its gradients.
std::vector<std::string> layer_norms(const Parameters& parameters, const Optimizer& optimizer);

}  // namespace othello
