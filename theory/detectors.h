// Are there neurons that detect one state of one square, more than the largest of so many would by chance?
#pragma once

#include <span>
#include <vector>

#include "common/statistics.h"
#include "model/torch.h"
#include "probes/positions.h"

namespace othello {

/// Labels that activations did not cause but that are like theirs: each game's positions get the labels of another game
/// at the same plies. `permuted_rows(…)[row]` is the row whose label goes to `row`. Games go round in cycles; where one
/// has no position of that ply, the next of its cycle that has. What a game's length, ply and the likeness of
/// successive positions give to both sides stays.
std::vector<std::int64_t> permuted_rows(std::span<const Positions::Row> rows, std::int64_t games, std::uint64_t seed,
                                        std::uint64_t number);

/// The best single neuron for each state of each square, and for as many labels that have nothing to do with it.
struct Detectors {
  std::int64_t neurons = 0, positions = 0, games = 0;
  int permutations = 0;
  std::vector<double> best;                 // [pairs]: F1 of the best neuron
  std::vector<double> null_mean, null_q95;  // [pairs]: of the best one for permuted labels
  std::vector<double> by_chance;            // [permutations]: share of pairs beyond the others' 95 % point

  /// Share of pairs whose best neuron is beyond the null's 95 % point.
  double above_null() const;
  /// {"neurons", "positions", "games", "permutations", "pairs", "best_f1_mean", "null_mean", "null_q95", "above_null",
  ///  "above_null_by_chance": E over permutations (mean, 2.5 % and 97.5 % point)}
  Json to_json() const;
};

/// A neuron is a detector that fires above 0, or in its highest 50, 20, 10 or 5 % of positions: of these five
/// thresholds the one with the highest F1. F1 and not accuracy, as states are rare; the maximum over thresholds and
/// neurons is taken of permuted labels as well, so that what the choice gains by chance is in the null. A maximum over
/// many neurons is close to Gumbel's extreme-value distribution (Gumbel 1958), whose mean and variance the permutations
/// tell better than their own 95 % point: null_q95 = µ − β·ln(−ln 0.95), β = s·√6/π, µ = mean − 0.5772·β.
///
/// x: activations [rows, neurons] fp32; labels: [rows, pairs] fp32, 0 or 1. Pairs with fewer than 20 positions, or 20
/// others, are left out. Throws Error if none is left.
Detectors find_detectors(const Tensor& x, const Tensor& labels, std::span<const Positions::Row> rows,
                         std::int64_t games, int permutations, std::uint64_t seed, int workers);

}  // namespace othello
