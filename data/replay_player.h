// A player that goes on as people did: their openings in their proportions, then one of their games.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "data/dataset_files.h"
#include "engine/player.h"

namespace othello {

/// Chooses a move as often as the games of a dataset chose it in that position (discs of mover and opponent, however
/// it came about), and stops where none of them goes on. Positions soon become unique, so it ends in replaying a game,
/// or its end from a position that two games share. All purposes (training, evaluation, …) draw from the same games:
/// to measure on games never trained on, split the dataset first.
class ReplayPlayer : public Player {
 public:
  /// Reads a dataset folder: 24 bytes for each move, at most kMostMoves. Throws Error if it is damaged, of another
  /// board or too large, holds a move that is not legal or no move at all.
  ReplayPlayer(const BoardSize& board, const std::filesystem::path& folder);

  MoveWeights distribution(const Position& position) const override;
  bool plays_fresh_games() const override { return false; }

  static constexpr std::int64_t kMostMoves = 50'000'000;  // 1.2 GB

 private:
  /// In that position `square` was played so many times.
  struct Choice {
    Bits mover = 0, opponent = 0;
    std::uint32_t times = 0;
    std::uint8_t square = 0;
  };
  ReplayPlayer(const BoardSize& board, const std::filesystem::path& folder, const DatasetDocument& dataset);

  std::vector<Choice> choices_;  // in increasing order of position and square
};

}  // namespace othello
