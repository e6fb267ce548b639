// Ridge regression with a kernel. Inputs, activations and tangent kernels are all kernels, so this one machine reads
// the board from each of them, and a difference between them is not one between machines.
#pragma once

#include <cstdint>
#include <vector>

#include "model/torch.h"

namespace othello {

/// Inner products between rows that fit and rows that report, all fp64: as matrices, or as the features that make them.
struct KernelRows {
  Tensor fit;     // [n, n], or features [n, k]
  Tensor report;  // [m, n], or features [m, k]
  bool features = false;

  /// The same of the first `count` rows that fit.
  KernelRows first(std::int64_t count) const;
};

/// The plies of the rows, int64: [n] and [m]. Every ply has an intercept of its own, which is not penalised.
struct RowPlies {
  Tensor fit, report;

  RowPlies first(std::int64_t count) const { return {fit.slice(0, 0, count), report}; }
};

/// Who shares weights: all rows, or those of even plies and those of odd ones (the kernel between the two is 0).
enum class SharedWeights { pooled, by_parity };

/// K less its means within every ply, on both sides: P·K·P with the projection P on what has mean 0 in each ply.
/// k [n, n], plies [n] int64.
Tensor centred_kernel(const Tensor& k, const Tensor& plies);
/// P·x: x [n, columns].
Tensor centred_rows(const Tensor& x, const Tensor& plies);

/// Eigenvectors with a positive eigenvalue, largest first.
struct Eigensystem {
  Tensor values;   // [r]
  Tensor vectors;  // [n, r], orthonormal
};
/// Of a symmetric positive semidefinite k [n, n]. Throws Error if it holds a number that is not finite.
Eigensystem eigensystem(const Tensor& k);
/// Of x·xᵀ, by way of the smaller of its two Gram matrices: x [n, k].
Eigensystem eigensystem_of_features(const Tensor& x);

/// argmin over f in the kernel's space and an intercept for every ply: Σ(y − f)² + ridge·‖f‖², f(x) = Σ αᵢ k(x, xᵢ) +
/// b. α = A·y with A = P(PKP + ridge)⁻¹P. One factorisation serves every target and every ridge: n³ operations, or n·k²
/// for features; then 4·n²·outputs each.
class KernelRidge {
 public:
  KernelRidge(KernelRows kernel, RowPlies plies, SharedWeights weights);

  /// Mean of the diagonal of PKP: what ridges are measured in.
  double scale() const { return scale_; }

  /// A target along the eigenvectors: what every ridge of it starts from.
  struct Projected {
    Tensor y;                   // [n, outputs]
    TensorList centred, along;  // by set: P·y [rows, outputs], Uᵀ·y [r, outputs]
  };
  Projected project(const Tensor& y) const;

  /// What every row is predicted to be by the fit to all others, without fitting again: ŷᵢ = yᵢ − [Ay]ᵢ/Aᵢᵢ, exact for
  /// any linear smoother of this form (Golub, Heath & Wahba 1979). [n, outputs]. A row that is alone in its ply gets
  /// the mean intercept of the others, as `predict` does.
  Tensor left_out(const Projected& target, double ridge) const;

  /// Generalised cross-validation, (‖ridge·Ay‖²/n) / (ridge·tr A/n)², summed over outputs: Wei, Hu & Steinhardt 2022
  /// (arXiv 2203.06176).
  double gcv(const Projected& target, double ridge) const;

  /// Predictions for the rows that report, [m, outputs]. A ply that no row of the fit has gets the mean of the
  /// intercepts.
  Tensor predict(const Projected& target, double ridge) const;

  /// Its rows are those that share weights, of which there are one or two sets.
  struct Set {
    Tensor fit, report;  // row numbers int64
    RowPlies plies;
    KernelRows kernel;
    Eigensystem eigen;  // of PKP
    Tensor free;        // [rows]: 1 − 1/(rows of the same ply)
  };
  const std::vector<Set>& sets() const { return sets_; }

 private:
  std::vector<Set> sets_;
  std::int64_t fit_rows_, report_rows_;
  double scale_ = 0;
};

}  // namespace othello
