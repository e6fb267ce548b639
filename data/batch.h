// Games as the arrays that models train on.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/games.h"
#include "data/labels.h"
#include "data/vocabulary.h"

namespace othello {

/// `games` rows of `context` positions, row-major. Position t (from 1; column t−1) is the board after move t.
struct Batch {
  std::int64_t games = 0;
  std::int64_t context = 0;
  std::vector<std::int64_t> tokens;   // [games, context]  move t, 0 = padding
  std::vector<std::int64_t> targets;  // [games, context]  move t+1, 0 where the game is over
  std::vector<std::uint64_t> legal;   // [games, context]  legal tokens for move t+1 (bit k−1 = token k), 0 where over

  // Of a player other than the uniform one, of which `legal` tells as much; else empty.
  std::vector<float> chances;   // [games, context, vocabulary]  probability of each token for move t+1
  std::vector<double> entropy;  // [games, context]  of that distribution, in nats

  /// What no predictor of cell game·context + t−1 can go below: the entropy of the player's choice, in nats.
  double floor(std::size_t cell) const;
};

/// Rows for `games`, which may be unfinished: then the position after the last move has no target.
/// `player` is who chose the moves; left out, the uniform one.
Batch make_batch(const Vocabulary& vocabulary, std::span<const Game> games, const Player* player = nullptr);
/// The same with the facts of those games, for whoever needs them anyway.
Batch make_batch(const Vocabulary& vocabulary, std::span<const Game> games, const GameFacts& facts,
                 const Player* player = nullptr);

/// Games first … first+count−1 of a source.
std::vector<Game> take_games(const GameSource& source, std::uint64_t first, std::int64_t count);

/// Rows for those games.
Batch take_batch(const Vocabulary& vocabulary, const GameSource& source, std::uint64_t first, std::int64_t count);

}  // namespace othello
