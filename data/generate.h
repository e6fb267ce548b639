// A player's games → a dataset folder, in steps that survive any end.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "data/unfinished.h"

namespace othello {

struct GenerateSummary {
  std::string player;       // its full name
  std::int64_t games = 0;   // of the whole dataset
  std::int64_t plies = 0;   // likewise
  std::int64_t played = 0;  // games that this call played
  double play_seconds = 0;  // wall time of playing alone, without hashing and writing
};

/// Makes `folder` hold the games of the request (the stream that training uses); its player is a name for
/// `make_player`. Shards are written in place, each atomically, and noted in unfinished.jsonl; dataset.json comes last
/// and takes its place, so that a folder without it is no dataset. An unfinished folder of the same request goes on,
/// after checking the shards that it keeps: those that are damaged are played again. A complete one is checked and left
/// as it is. `progress(done)` is called after each shard that was written. Throws Interrupted if a signal asks to stop,
/// and Error if the folder holds anything else, another process writes to it, or it cannot be written; what was written
/// so far stays and can go on.
GenerateSummary generate_dataset(const std::filesystem::path& folder, const DatasetRequest& request,
                                 const std::function<void(std::int64_t)>& progress);

}  // namespace othello
