// What the spectrum of a kernel says it will learn: the theory of Simon, Dickens, Karkada & DeWeese 2021 (arXiv
// 2110.03922), "The Eigenlearning Framework".
#pragma once

#include "model/torch.h"

namespace othello {

/// How much of each eigenmode kernel ridge regression learns from n samples of a pool.
struct Learnability {
  double kappa = 0;        // κ: modes with λ > κ are learned. n = Σᵢ λᵢ/(λᵢ + κ) + ridge/κ
  Tensor modes;            // [r] ℒᵢ = λᵢ/(λᵢ + κ)
  double overfitting = 1;  // E₀ = n/(n − Σᵢ ℒᵢ²)
};

/// `eigenvalues` [r]: positive ones of the kernel's matrix among the `pool` rows, so that λᵢ = eigenvalue/pool. `ridge`
/// is what is added to the diagonal of the matrix of the n samples. κ = 0 where n samples determine every mode.
Learnability learnability(const Tensor& eigenvalues, std::int64_t pool, double n, double ridge);

/// What is predicted of a target, and what came of it, in units of its mean square.
struct LearnedTarget {
  double learnability = 0;     // Σ ℒᵢ vᵢ² / Σ vᵢ²: the share of the target that is learned
  double predicted_error = 0;  // E₀ Σ (1 − ℒᵢ)² vᵢ² / Σ vᵢ²: mean squared error over the pool
};
/// `power` [r]: share vᵢ²/Σv² of the target on each mode. What is on none of them (1 − Σ power) is never learned.
LearnedTarget learned_target(const Learnability& learned, const Tensor& power);

/// The mean squared error over the pool, in units of the target's mean square, of the ridge regression without an
/// intercept on `samples` (row numbers int64 [n]): k [pool, pool], y [pool, outputs].
double measured_error(const Tensor& k, const Tensor& y, const Tensor& samples, double ridge);

}  // namespace othello
