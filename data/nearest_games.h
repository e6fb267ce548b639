// How far held-out games are from everything that was trained on: the games of training are played once more.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "data/games.h"

namespace othello {

/// Games first … first+count−1 of a source: what one run of training took. Runs one after the other number their games
/// from 0 on.
struct GameRun {
  GameSource source;
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

std::uint64_t game_count(std::span<const GameRun> runs);
/// Game `index` of all runs, which must have so many.
Game game_of(std::span<const GameRun> runs, std::uint64_t index);

/// The game that has most first moves in common with another one; of several the one of lowest number.
struct NearestGame {
  int shared = 0;          // moves in common
  std::uint64_t game = 0;  // its number in the runs
  int symmetry = 0;        // this map of the board takes the one to the other (data/symmetry.h); of several the first

  friend bool operator==(const NearestGame&, const NearestGame&) = default;
};

/// What of a held-out game occurred in training. A board is the discs of the side that plays next and of the other one,
/// which is all that decides how a game can go on (as in data/state_pairs.h); it occurred by whatever moves, also as
/// the last one of a game.
struct SeenGame {
  NearestGame exact;               // by these very moves
  NearestGame image;               // by these moves or one of their mirror images
  std::uint64_t boards = 0;        // bit t−1: the board after move t occurred
  std::uint64_t board_images = 0;  // bit t−1: it or one of its mirror images did

  friend bool operator==(const SeenGame&, const SeenGame&) = default;
};

/// How many games are played at once: their boards stay in the second cache.
inline constexpr std::uint64_t kReplayBlock = 256;

/// [held_out]: exact (boards are compared, not only their hashes), and the same whatever `workers` and `block`. One
/// pass through the games of training: the moves of each go down a tree of the held-out games and their images until
/// they leave it, and its boards are looked up in a table of theirs. So memory grows with the held-out games alone, by
/// some 10 kB each. `progress` gets the number of games done, now and then, and may throw. Throws Error if there is no
/// game of training, or a held-out game is not legal.
std::vector<SeenGame> find_nearest_games(const BoardSize& board, std::span<const Game> held_out,
                                         std::span<const GameRun> training, int workers,
                                         const std::function<void(std::uint64_t games)>& progress = {},
                                         std::uint64_t block = kReplayBlock);

}  // namespace othello
