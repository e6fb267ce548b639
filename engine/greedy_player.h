// A competent player, between chance and championship: a temperature over a simple classical evaluation.
#pragma once

#include <array>
#include <vector>

#include "engine/player.h"

namespace othello {

/// Chooses a move with probability ∝ exp(value / T), `value` being that of the position after it and T the temperature
/// in the same points: T → 0 takes the best move (ties alike), T → ∞ is uniform. Weights are 2²⁶·exp(−(best −
/// value)/T), rounded, the same integers on every machine; a move worth some 18.7 T less than the best never occurs.
class GreedyPlayer : public Player {
 public:
  /// Throws UsageError for a temperature outside [kLowest, kHighest].
  GreedyPlayer(const BoardSize& board, double temperature);

  MoveWeights distribution(const Position& position) const override;

  /// How good a position is for the side that has just moved (the opponent of the side to move), in points. A disc
  /// counts what its square is worth: a corner 120, the diagonal square beside an empty corner −40, … (Norvig 1992,
  /// "Paradigms of Artificial Intelligence Programming", ch. 18; by distance from the edges, so for both boards); next
  /// to a taken corner nothing. Each move that it could make more than its opponent counts 10. When the game is over,
  /// each disc of lead counts 200 instead.
  int value(const Position& after) const;

  static constexpr double kLowest = 0.01, kHighest = 1e6;

 private:
  int square_points(Bits discs, Bits occupied) const;

  std::array<int, 64> points_{};       // worth of a disc
  std::array<Bits, 64> corner_{};      // of the squares next to a corner: that corner; else empty
  std::vector<std::uint32_t> weight_;  // of a move, by points below the best; further below it is 0
};

}  // namespace othello
