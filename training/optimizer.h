// AdamW and Muon, one weight at a time, so that weights can be spread over workers without changing the result.
#pragma once

#include <map>

#include "model/parameters.h"
#include "training/config.h"

namespace othello {

/// AdamW (Loshchilov & Hutter 2019, arXiv 1711.05101) with β = (0.9, 0.95), ε = 1e-8.
/// All tensors fp32, contiguous and of equal size; `step` counts from 1. Updates weight, m and v in place.
void adamw_update(Tensor& weight, const Tensor& gradient, Tensor& m, Tensor& v, std::int64_t step, double rate,
                  double weight_decay);

/// The nearest semi-orthogonal matrix, roughly: 5 Newton–Schulz steps (3.4445, −4.7750, 2.0315) of Muon (Jordan et
/// al. 2024) bring the singular values into about [0.7, 1.2]. matrix [rows, columns], computed in `precision`.
Tensor orthogonalise(const Tensor& matrix, at::ScalarType precision);

/// Muon: Nesterov momentum 0.95, orthogonalised, scaled by √max(1, out/in), for a matrix of `parts` side by side
/// (queries, keys and values are three). Updates weight [in, out] and momentum in place.
void muon_update(Tensor& weight, const Tensor& gradient, Tensor& momentum, int parts, double rate, double weight_decay,
                 at::ScalarType precision);

/// The state of all weights, in the order of Parameters::visit.
class Optimizer {
 public:
  Optimizer(const TrainConfig& config, const Parameters& parameters);

  /// Updates weight `index` at `step` (from 0). Different indices may run at the same time.
  void update(std::size_t index, Tensor& weight, const Tensor& gradient, std::int64_t step);

  /// Freezes the length of the run, which the schedule needs.
  void set_steps(std::int64_t steps) { config_.steps = steps; }

  /// State tensors by name ("blocks.0.attn.W_O.momentum", "embed.W_E.m", …), sharing memory.
  std::map<std::string, Tensor> state() const;
  /// Takes over saved state. Throws Error naming `source` if it does not fit.
  void load_state(const std::map<std::string, Tensor>& saved, const std::string& source);

 private:
  struct Slot {
    std::string name;
    Role role;
    int parts;             // of a Muon matrix; 0 for AdamW
    Tensor first, second;  // m, v of AdamW; momentum and nothing of Muon
  };
  TrainConfig config_;
  at::ScalarType precision_;
  std::vector<Slot> slots_;
};

}  // namespace othello
