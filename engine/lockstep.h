// Many games at once: the ply is the same in all of them, so they advance together in SIMD lanes.
#pragma once

#include <cstdint>
#include <span>

#include "common/random.h"
#include "engine/board.h"
#include "engine/game.h"

namespace othello {

/// Games first … first+games.size()−1 of the uniform random player: the same as `random_game` of each index.
void random_games(const BoardSize& size, const Stream& stream, std::uint64_t first, std::span<Game> games);

/// What replaying a game from the start says of it.
struct Verdict {
  std::uint8_t legal_moves = 0;  // how many of its first moves are legal in turn; all of them in a legal game
  std::uint8_t passes = 0;       // passes among them
  bool over = false;             // after those moves nobody can move
  friend bool operator==(const Verdict&, const Verdict&) = default;
};

/// Replays every game. A square above 63 is an illegal move.
void verify_games(const BoardSize& size, std::span<const Game> games, std::span<Verdict> verdicts);

}  // namespace othello
