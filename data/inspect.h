// A dataset folder, checked and described.
#pragma once

#include <filesystem>

#include "common/config.h"

namespace othello {

/// What `inspect` says of a dataset, after verifying sizes, checksums and token ranges and replaying every game:
/// {"kind": "dataset", "board", "player", "seed", "games", "plies", "skipped", "unfinished", "duplicates", "illegal",
/// "passes", "lengths": {"60": n, …}, "shards"}. Throws Error naming the file, and the game where it is one, for
/// anything that cannot be trusted; games with a move that is not legal are counted, and the first is described in
/// "first_illegal".
Json inspect_dataset(const std::filesystem::path& folder);

}  // namespace othello
