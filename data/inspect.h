// A dataset folder, checked and described.
#pragma once

#include <filesystem>

#include "common/config.h"

namespace othello {

/// What `inspect` says of a dataset, after verifying sizes, checksums and token ranges and replaying every game:
///   "kind": "dataset", "board", "player", "seed", "games", "plies", "skipped", "unfinished", "duplicates", "illegal",
///   "as_generated"?: whether the first and the last game of every shard are those of the player and the seed,
///   "passes", "shards", "lengths": {"60": n, …}, "first_illegal"?, "source"? of imported games,
///   "results": {"games", "black", "draw", "white", "wiped_out", "stuck"} of the games played to their end,
///   "openings": {"games", "distinct", "top": [{"moves", "games", "share", "uniform"}]}, first 4 moves, `uniform` the
///   exact share of the uniform player, and the same as "openings_up_to_symmetry", turned to start with f5,
///   "figures": see data/figures.h, "largest_z": the farthest of them, `of` how many were judged (player uniform only).
/// Takes 16 bytes of memory a game, and a shard for each core. Throws Error naming the file, and the game where it is
/// one, for anything that cannot be trusted; games with a move that is not legal are counted, and the first is
/// described in "first_illegal".
Json inspect_dataset(const std::filesystem::path& folder);

}  // namespace othello
