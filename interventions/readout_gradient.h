// Activations pushed by gradient descent until a probe reads another board from them (Li et al. 2023, arXiv
// 2210.13382, section 4.1).
#pragma once

#include "probes/mlp.h"
#include "probes/probe_set.h"

namespace othello {

/// A probe whose scores have the classes of its units as planes, so that what is done for each unit vectorises.
struct PlaneReadout {
  std::int64_t classes = 0, units = 0;
  Tensor mean;    // [width], taken off first; undefined: nothing is
  Tensor w1, b1;  // [width, hidden], [hidden] of a hidden layer of ReLUs; undefined for a linear probe
  Tensor w2, b2;  // [width or hidden, classes·units], [classes·units]

  std::int64_t width() const { return w1.defined() ? w1.size(0) : w2.size(0); }
  /// x [rows, width] fp32 → [rows, classes, units] fp32.
  Tensor logits(const Tensor& x) const;
};

/// Of linear weights with the intercept in the last row, [width + 1, units·classes]. Throws Error if their columns are
/// not whole units.
PlaneReadout planes_of(const Tensor& weights, std::int64_t classes);
/// Throws Error if the probe has no weights for positions of that parity.
PlaneReadout planes_of(const FittedProbe& probe, int parity);
/// The deviations become part of the first layer.
PlaneReadout planes_of(const MlpProbe& probe, std::int64_t classes);

/// Of each row for itself: Σ_u weight_u · cross-entropy_u / units, in nats (the published script's mean over squares),
/// and its gradient.
struct ReadoutLoss {
  Tensor loss;      // [rows] fp32
  Tensor gradient;  // [rows, width] fp32
};

/// x [rows, width] fp32; `labels` [rows, units] int64: the classes to be read; `weights` [rows, units] fp32. Throws
/// Error if they do not fit the probe.
ReadoutLoss readout_loss(const PlaneReadout& readout, const Tensor& x, const Tensor& labels, const Tensor& weights);

/// How to go down. The defaults are the published script's; the paper's equation is plain descent.
struct DescentSettings {
  enum class Optimizer { adam, sgd };
  Optimizer optimizer = Optimizer::adam;  // Kingma & Ba 2015, with β = 0.9, 0.999 and ε = 1e-8
  int steps = 1000;
  double rate = 1e-3;
  bool relative = false;  // the rate is in units of the row's root mean square, else absolute
};

/// The published script's weight of squares that are to stay as they are; those that change have 1.
inline constexpr double kUnchangedWeight = 0.2;

struct Descended {
  Tensor x;     // [rows, width] fp32
  Tensor loss;  // [steps + 1, rows] fp32: as given, then after each step
};

/// Moves every row down the gradient of its own `readout_loss`; no row depends on another, so cases may be edited in
/// any batches. All rows take the same number of steps. Throws Error like `readout_loss`, or if the settings make no
/// sense.
Descended descend(const PlaneReadout& readout, const Tensor& x, const Tensor& labels, const Tensor& weights,
                  const DescentSettings& settings);

}  // namespace othello
