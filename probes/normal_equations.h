// Ridge regression from sums: one pass over the data, then every ridge at the price of a Cholesky factorisation.
#pragma once

#include <vector>

#include "probes/inputs.h"

namespace othello {

/// XᵀX and XᵀY of rows seen so far, in fp64, for the indicators Y of the classes of several targets.
struct NormalEquations {
  NormalEquations() = default;
  NormalEquations(const ProbeInput& input, const std::vector<std::int64_t>& outputs);

  /// The rows of one parity. `indicators`: by target [rows, outputs] fp32.
  void add(const ProbeInput& input, const ProbeBatch& batch, int parity, const TensorList& indicators);
  NormalEquations& operator+=(const NormalEquations& other);
  NormalEquations copy() const;

  Tensor gram;       // [width, width]
  TensorList cross;  // by target: [width, outputs]
  Tensor rows;       // how many: [1]
};

/// argmin ‖XW − Y‖² + λ·Σ penalty_j ‖W_j‖² over the columns that are features, λ = ridge: by target [width, outputs]
/// fp32. Hastie, Tibshirani & Friedman 2009, eq. 3.44. Throws Error if the system cannot be solved.
TensorList solve_ridge(const ProbeInput& input, const NormalEquations& sums, double ridge);

/// The nearest weights, in squared error of the predictions on the rows of `gram`, whose features have `rank`
/// directions for all outputs together: W·V·Vᵀ with the leading right singular vectors V of X·W, X centred
/// (reduced-rank regression: Izenman 1975; Reinsel & Velu 1998, §2.3). The intercept takes up what is left out.
std::vector<Tensor> reduced_rank(const ProbeInput& input, const Tensor& gram, const Tensor& weights,
                                 const std::vector<std::int64_t>& ranks);

/// Labels [rows, units] of the rows of one parity as indicators: [rows, units·classes] fp32.
Tensor indicators(const ProbeBatch& batch, std::size_t target, int parity, std::int64_t units, std::int64_t classes);

}  // namespace othello
