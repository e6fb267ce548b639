// The games of a dataset as they were played.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "data/dataset_files.h"
#include "engine/player.h"

namespace othello {

/// Item `index` of [0, count) in an order that depends on the stream and on the pass: over one pass each item comes
/// exactly once. A balanced Feistel network over the bits of `count`, walked on until it ends below `count`, so that
/// any place of any pass is computed on its own. `count` ≥ 1.
std::uint64_t shuffled(const Stream& stream, std::uint64_t pass, std::uint64_t index, std::uint64_t count);

/// Plays the games of a dataset, unlike ReplayPlayer, as they stand there: games 0 … n−1 of a stream are all n of them
/// in an order of its own, the next n again in another one. Nobody knows with which chances their moves were chosen.
/// All purposes share the games: to measure on games never trained on, split the dataset first.
class DatasetPlayer : public Player {
 public:
  /// Reads a dataset folder: 61 bytes a game, at most kMostGames. Throws Error if it is damaged, of another board,
  /// too large or empty, or holds a move that is not legal.
  DatasetPlayer(const BoardSize& board, const std::filesystem::path& folder);

  /// Nothing: unknown.
  MoveWeights distribution(const Position&) const override { return {}; }
  bool plays_fresh_games() const override { return false; }
  std::uint64_t period() const override { return games_.size(); }
  bool knows_chances() const override { return false; }
  Game game(const Stream& stream, std::uint64_t index) const override;

  static constexpr std::int64_t kMostGames = 30'000'000;  // 1.8 GB

 private:
  DatasetPlayer(const BoardSize& board, const std::filesystem::path& folder, const DatasetDocument& dataset);

  std::vector<Game> games_;
};

}  // namespace othello
