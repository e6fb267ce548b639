// How well a probe reads the board.
#pragma once

#include "common/statistics.h"
#include "probes/positions.h"

namespace othello {

/// Counts of right answers, game by game and square by square.
class ReadScore {
 public:
  /// scores [rows, squares·3]: the largest of a square's three is the answer.
  void add(const Positions& positions, const Tensor& scores);

  double accuracy() const;
  /// {"accuracy": E, "colour_on_occupied": E, "per_square": [64 numbers, null off the board]}. "Colour on occupied"
  /// counts an answer of "empty" as wrong.
  Json to_json(const BoardSize& board) const;
  /// Accuracy of this minus that of `other` on the same games.
  Estimate minus(const ReadScore& other) const { return paired_difference(squares_, other.squares_); }

 private:
  std::vector<Cluster> squares_;   // per game: right answers of all squares
  std::vector<Cluster> occupied_;  // per game: right answers of occupied squares
  std::vector<Cluster> by_square_;
};

}  // namespace othello
