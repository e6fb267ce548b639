// A dataset is a function: game i of a seed, for a purpose.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "engine/game.h"
#include "engine/lockstep.h"
#include "engine/player.h"

namespace othello {

/// What games are for. Each purpose is a stream of its own below the seed, so that games for evaluation, probes and
/// interventions were never trained on, whatever the seeds (but for the few identical games of 9 to 15 plies).
enum class Purpose { training, evaluation, probes, cases };

/// The games that a player plays from a seed: `game(i)` is the same in every process, thread and order.
class GameSource {
 public:
  /// `player`, null for the uniform one, must be of that board.
  GameSource(const BoardSize& board, std::uint64_t seed, Purpose purpose,
             std::shared_ptr<const Player> player = nullptr);

  const BoardSize& board() const { return player_->board(); }
  const Player& player() const { return *player_; }
  Game game(std::uint64_t index) const;
  /// Games first … first+games.size()−1: many at once are faster.
  void play(std::uint64_t first, std::span<Game> games) const;
  /// The same with the boards that these games met: [games, max_moves] each, as in engine/lockstep.h.
  void play(std::uint64_t first, std::span<Game> games, const PlyBoards& boards) const;

 private:
  std::shared_ptr<const Player> player_;
  Stream stream_;
};

}  // namespace othello
