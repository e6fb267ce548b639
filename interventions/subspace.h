// Subspaces of activations that are swapped between two inputs, learned or drawn at random: distributed alignment
// search (Geiger et al. 2023, arXiv 2303.02536).
#pragma once

#include <functional>

#include "common/random.h"
#include "model/torch.h"

namespace othello {

struct Subspace {
  Tensor basis;  // [width, dimension] fp32, orthonormal columns B

  /// What lies in the subspace comes from `source`, all else from `base`: base + (source − base)·B·Bᵀ, all [.., width].
  Tensor swap(const Tensor& base, const Tensor& source) const;
};

/// Uniform among the subspaces of that dimension: the control. Throws Error unless 0 ≤ dimension ≤ width.
Subspace random_subspace(std::int64_t width, std::int64_t dimension, const Stream& stream);
Subspace random_subspace(std::int64_t width, std::int64_t dimension, std::uint64_t seed);

struct SubspaceSettings {
  int steps = 500;
  double rate = 0.01;  // of Adam at the first step, from where it falls linearly to 0
  std::uint64_t seed = 0;
};

struct SubspaceFit {
  Subspace subspace;
  std::vector<double> losses;  // by step, before it was taken
};

/// Minimises `objective(basis, step)`, a scalar that depends on the basis [width, dimension] with a graph: the caller
/// swaps a batch of its own choice for each step and compares the answers with the counterfactual ones. Adam (Kingma &
/// Ba 2015) along the tangent of the orthonormal matrices (Edelman, Arias & Smith 1998, §2.4), back to which QR leads
/// after every step; it begins at random_subspace(…, seed). Everything runs on the caller's thread, several fits may
/// run at once. Throws Error if a loss is not finite.
SubspaceFit fit_subspace(std::int64_t width, std::int64_t dimension, const SubspaceSettings& settings,
                         const std::function<Tensor(const Tensor& basis, int step)>& objective);

}  // namespace othello
