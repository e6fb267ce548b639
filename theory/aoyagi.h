// The learning coefficient of deep linear networks, which is known exactly.
#pragma once

#include <span>

namespace othello {

struct LearningCoefficient {
  double lambda = 0;
  int multiplicity = 0;
};

/// Of a linear network without biases whose layers have `widths` units, inputs first, at a true map of `rank`, with
/// Gaussian noise and inputs of full rank: Aoyagi 2024, "Consideration on the learning efficiency of multiple-layered
/// neural networks with linear units" (Neural Networks 172), Theorem 1. Throws Error for fewer than two layers of
/// units, a width below 1, or a rank above the least width.
LearningCoefficient deep_linear_coefficient(std::span<const int> widths, int rank);

}  // namespace othello
