// A dataset is a function: game i of a seed, for a purpose.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/game.h"
#include "engine/lockstep.h"
#include "engine/player.h"

namespace othello {

/// What games are for. Each purpose is a stream of its own below the seed, so that games for evaluation, probes and
/// interventions were never trained on, whatever the seeds (but for the few identical games of 9 to 15 plies).
enum class Purpose { training, evaluation, probes, cases };

/// The random games of a seed on a board: `game(i)` is the same in every process, thread and order.
class GameSource {
 public:
  GameSource(const BoardSize& board, std::uint64_t seed, Purpose purpose);

  const BoardSize& board() const { return board_; }
  Game game(std::uint64_t index) const { return random_game(board_, stream_, index); }
  /// Games first … first+games.size()−1, many at a time.
  void play(std::uint64_t first, std::span<Game> games) const { random_games(board_, stream_, first, games); }

 private:
  BoardSize board_;
  Stream stream_;
};

}  // namespace othello
