// Do neurons fire independently? Counts of active ones against what independence would give.
#pragma once

#include <span>
#include <vector>

#include "common/statistics.h"
#include "model/transformer.h"
#include "probes/positions.h"

namespace othello {

/// P(N ≤ 2) of a sum N of independent 0/1 variables that are 1 with these probabilities (Poisson-binomial).
double at_most_two(std::span<const double> probabilities);

/// The 95 % interval of a statistic that is known with each of several blocks of the data left out (jackknife: Efron &
/// Tibshirani 1993, ch. 11, with Student's t); `n` is what it says it is of. Throws Error for fewer than 2 blocks.
Estimate jackknife(double value, std::span<const double> left_out, std::int64_t n);

/// Sums over positions of the activations of one layer of neurons. A neuron is active where it is above 0.
class NeuronStatistics {
 public:
  NeuronStatistics(std::int64_t neurons, std::int64_t plies, std::int64_t games);

  /// Activations [rows, neurons] fp32 of positions; `first_game` is the number of game 0 of the rows.
  void add(const Tensor& x, std::span<const Positions::Row> rows, std::int64_t first_game);

  /// Var(N) / Σ p(1 − p) of the number N of active neurons in a position, p each neuron's share of positions: 1 if they
  /// fire independently, above it where they share causes (Schluter 1984). How far a game has got is such a cause:
  /// `within_ply` takes variances and p ply by ply, and their means over positions. Not a number if none ever changes.
  Estimate variance_ratio(bool within_ply) const;
  /// The share of positions with at most two active neurons, and what it would be if they fired independently.
  Estimate observed_at_most_two() const;
  double independent_at_most_two(bool within_ply) const;

  /// {"positions", "games", "neurons", "constant": neurons that never change, "active": share that is, "moments":
  /// {"mean", "variance", "skewness", "kurtosis"} of a neuron over positions (kurtosis 3 for a normal one), means over
  /// the neurons that change, "variance_ratio": E, "variance_ratio_within_ply": E, "at_most_two": {"observed": E,
  /// "independent", "independent_within_ply"}}
  Json to_json() const;

 private:
  struct Sums {
    double rows = 0, active = 0, active_squared = 0;  // Σ 1, Σ N, Σ N²
  };
  /// All of a block, or without it if `without` ≥ 0, summed over plies or one of them.
  double ratio(bool within_ply, std::int64_t without) const;
  std::size_t at(std::int64_t block, std::int64_t ply) const { return static_cast<std::size_t>(block * plies_ + ply); }

  std::int64_t neurons_, plies_, games_, blocks_;
  std::vector<Sums> sums_;            // [blocks, plies]
  std::vector<double> active_;        // [blocks, plies, neurons]: positions in which a neuron was active
  std::vector<double> powers_;        // [4, neurons]: Σ x, Σ x², Σ x³, Σ x⁴
  std::vector<Cluster> at_most_two_;  // by game
};

/// Across `seeds` fresh initialisations, by layer: width · Var_seed(mean φ) / Var(φ), φ a neuron of the MLP at a given
/// position, both variances over positions of `games`. It is 1 if the neurons of an initialisation are independent
/// draws, and width if all of them are the same. The interval is a jackknife over seeds.
std::vector<Estimate> neuron_symmetry(const ModelConfig& config, std::span<const Game> games, int seeds,
                                      std::uint64_t first_seed, int workers);

}  // namespace othello
