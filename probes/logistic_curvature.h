// What the second derivative of a logistic problem is like, to be divided by.
#pragma once

#include "probes/logistic_loss.h"

namespace othello {

/// A stand-in for the Hessian of each unit, that is cheap to solve with.
class Curvature {
 public:
  virtual ~Curvature() = default;
  /// Recomputed at these weights, [width, classes, |units|].
  virtual void refresh(const Tensor& weights, const std::vector<std::int64_t>& units) = 0;
  /// H⁻¹·gradient of these units: [width, classes, |units|] fp32.
  virtual Tensor solve(const Tensor& gradient, const std::vector<std::int64_t>& units) const = 0;
};

/// The Hessian itself where it is small enough for every unit to have its own (dense inputs), from rows drawn with the
/// probability that their term has (subsampled Newton: Roosta-Khorasani & Mahoney 2019); else the bound of Böhning
/// 1992, ½·XᵀX for every class of every unit. `gram`: XᵀX of the rows of the loss, [width, width] fp64.
std::unique_ptr<Curvature> make_curvature(const LogisticLoss& loss, const Tensor& gram);

}  // namespace othello
