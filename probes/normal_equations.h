// Ridge regression from sums: one pass over the data, then every ridge at the price of a Cholesky factorisation.
#pragma once

#include <vector>

#include "model/torch.h"

namespace othello {

/// XᵀX and XᵀY of rows seen so far, in fp64. Columns ≥ `free_from` are intercepts and not penalised.
class NormalEquations {
 public:
  NormalEquations(NormalEquations&&) = default;  // a copy would share the sums

  NormalEquations(std::int64_t width, std::int64_t outputs, std::int64_t free_from);

  /// x [rows, width], y [rows, outputs], both fp32.
  void add(const Tensor& x, const Tensor& y);
  /// One row of indicators: columns `active` are 1, the others 0, and so are outputs `hits`.
  void add_indicators(const std::vector<std::int32_t>& active, const std::vector<std::int32_t>& hits);

  /// argmin ‖XW − Y‖² + λ‖W‖² with λ = ridge · mean penalised diagonal of XᵀX: [width, outputs] fp32 for each ridge.
  /// Hastie, Tibshirani & Friedman 2009, eq. 3.44. Throws Error if a system cannot be solved.
  TensorList solve(const std::vector<double>& ridges) const;

 private:
  std::int64_t free_from_;
  Tensor gram_;   // [width, width] fp64
  Tensor cross_;  // [width, outputs] fp64
};

}  // namespace othello
