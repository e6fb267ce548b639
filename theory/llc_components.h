// Parts of a network by name, as places in its list of weights: what a restricted learning coefficient lets move.
#pragma once

#include <string>
#include <vector>

#include "model/config.h"
#include "model/parameters.h"

namespace othello {

/// Part of a weight: [begin, end) along dimension `dim`.
struct WeightSlice {
  std::size_t weight = 0;  // in Parameters::list
  std::int64_t dim = 0, begin = 0, end = 0;

  Tensor of(const Tensor& tensor) const { return tensor.narrow(dim, begin, end - begin); }
};

/// all | embed (tokens and positions) | unembed | blocks.L (with its norms) | blocks.L.attn | blocks.L.mlp (their
/// matrices and biases) | blocks.L.head.H (its columns of W_QKV and b_QKV, its rows of W_O). Throws Error that names
/// the nearest for others.
std::vector<WeightSlice> component_slices(const std::string& component, const ModelConfig& config);

/// The same names with each-block, each-attn, each-mlp and each-head written out, and without repetitions. Throws Error
/// as component_slices does.
std::vector<std::string> component_names(const std::vector<std::string>& wanted, const ModelConfig& config);

}  // namespace othello
