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
  static constexpr int kPatienceAtEnd = 5;  // a noisy last batch is no alarm

  /// `margin` in nats, 0 = never rises; `level` in nats.
  LossWatch(double margin, double level) : margin_(margin), level_(level) {}

  /// Takes the mean loss of the next `steps` steps; throws Diverged when the losses of kPatience steps in a row exceed
  /// the level by the margin.
  void add(double loss, int steps = 1);
  /// There is no further step: throws Diverged if the loss is high and stayed so for kPatienceAtEnd steps.
  void end() const;
  /// A level that was reached before, as metrics tell.
  void reached(double level) { level_ = std::min(level_, level); }
  /// Of how many of the last steps the losses in a row exceed the level by the margin.
  int high() const { return high_; }

 private:
  [[noreturn]] void alarm() const;

  double margin_, level_;
  double last_ = 0;
  std::deque<double> window_;
  int high_ = 0;
};

/// Throws Diverged naming the first weight that holds a number that is not finite.
void require_finite(const Parameters& parameters);

/// A line for each block, the embeddings, the last norm and the head: the Euclidean norms of its weights and of the
/// optimizer's running mean of its gradients.
std::vector<std::string> layer_norms(const Parameters& parameters, const Optimizer& optimizer);

}  // namespace othello
