// The figures that describe a collection of games, each with its standard error and beside the uniform player's.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/config.h"
#include "data/game_statistics.h"

namespace othello {

/// A mean or a share. What is not known is left out.
struct Figure {
  std::string name;    // "legal_moves", "pass", "length", "black_wins", …
  int at = 0;          // the disc before which, or the number of moves; 0 if the figure has none
  std::int64_t n = 0;  // games behind it
  double value = 0;
  double se = 0;                    // its standard error
  std::optional<double> reference;  // the same of the uniform player
  bool exact = false;               // the reference is exact, else of kReferenceGames games
  /// How many standard errors of the difference lie between the two, by the reference's own spread. Left out where
  /// that is 0 or no normal distribution can be relied on: a mean of fewer than 30 games, a share with fewer than 10
  /// games expected on either side.
  std::optional<double> z;
};

/// All figures of the games. 8×8 has a reference for each, 6×6 for the first discs. Only games that a uniform player is
/// said to have played are judged by z.
std::vector<Figure> figures(const GameStatistics& statistics, const BoardSize& board, bool judge);

/// The figure with the largest |z|; null if none has one.
const Figure* farthest(const std::vector<Figure>& figures);

/// {"figure", "at"?, "n", "value", "se", "reference"?, "exact"?, "z"?}
Json to_json(const Figure& figure);

}  // namespace othello
