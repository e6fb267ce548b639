// A dataset folder: games-00000.npy, … (uint8 tokens, [games, moves], 0-padded) and dataset.json.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

#include "common/config.h"
#include "engine/player.h"

namespace othello {

/// What was written.
struct DatasetSummary {
  std::int64_t games = 0;
  std::int64_t plies = 0;
  double play_seconds = 0;  // wall time of playing alone, without writing
};

/// Writes `games` games of `player` (null = uniform) and `seed` (the stream that training uses) to `folder`, which must
/// not exist or be empty; `progress(done)` is called between shards and may throw to stop. The folder appears under its
/// name only when it is whole. Throws Error if the folder holds anything or cannot be written.
DatasetSummary write_random_dataset(const std::filesystem::path& folder, const BoardSize& board, std::uint64_t seed,
                                    std::int64_t games, const std::function<void(std::int64_t)>& progress,
                                    std::shared_ptr<const Player> player = nullptr);

/// What `inspect` says of a dataset, after verifying sizes, checksums and token ranges and replaying every game:
/// {"kind": "dataset", "board", "player", "seed", "games", "plies", "skipped", "unfinished", "duplicates", "illegal",
/// "passes", "lengths": {"60": n, …}, "shards"}. Throws Error naming the file, and the game where it is one, for
/// anything that cannot be trusted; games with a move that is not legal are counted, and the first is described in
/// "first_illegal".
Json inspect_dataset(const std::filesystem::path& folder);

/// Whether `folder` holds a dataset.json.
bool is_dataset(const std::filesystem::path& folder);

}  // namespace othello
