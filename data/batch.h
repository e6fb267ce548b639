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
};

/// Rows for `games`, which may be unfinished: then the position after the last move has no target.
Batch make_batch(const Vocabulary& vocabulary, std::span<const Game> games);

/// Games first … first+count−1 of a source.
std::vector<Game> take_games(const GameSource& source, std::uint64_t first, std::int64_t count);

}  // namespace othello
