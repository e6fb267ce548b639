// Eigenvalues of a kernel, and how much of a concept lies along its largest eigenvectors.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "theory/kernel_ridge.h"

namespace othello {

/// 1, 2, 3, 4, 6, 8, … up to `last`: at most eight in each tenfold.
std::vector<std::int64_t> log_spaced_ranks(std::int64_t last);

/// a of λ_rank ∝ rank^{−a}, by least squares of log λ on log rank over log-spaced ranks from 4 to a quarter of all: the
/// largest are few, and the smallest are what n rows make of them. Not a number with fewer than three such ranks.
double decay_exponent(const Tensor& eigenvalues);

/// (vᵢᵀy)² summed over outputs, as a share of ‖y‖²: vectors [n, r], y [n, outputs] → [r]. Its cumulative sums are
/// C(m) = Σ_{i≤m}(vᵢᵀy)²/‖y‖².
Tensor concept_power(const Tensor& vectors, const Tensor& y);

/// The `count` eigenvectors with the largest eigenvalues of a symmetric positive semidefinite k [n, n], by subspace
/// iteration from a fixed start: [n, min(count, n)]. Near-equal eigenvalues at the end may be mixed.
Tensor top_eigenvectors(const Tensor& k, std::int64_t count);

}  // namespace othello
