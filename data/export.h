// The games of a dataset folder in formats that other programs read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace othello {

/// "tokens"             .npy, uint8 [games, 60]: 1..60, then 0 (6×6: 32 columns)
/// "published-squares"  .npy, int16 [games, 60]: letter · 8 + digit − 1, then −100, for which a byte without sign is
/// too
///                      small, and a quarter of the int64 that NumPy would take
/// "published-tokens"   .npy, uint8 [games, 60]: 1..60 in the order of those squares, then 0
/// "transcript"         text, f5d6c3… in each line
/// "pgn"                text, with tags from games.tsv where it is there
const std::vector<std::string>& export_names();

/// Writes the first `limit` games (all if there are fewer) to `file`, whose folder is made if need be, and returns
/// their number. Throws Error if the dataset is damaged, if a game has illegal moves and the format needs its result,
/// or if the format has no games of its board.
std::int64_t export_games(const std::filesystem::path& dataset, const std::string& format,
                          const std::filesystem::path& file, std::int64_t limit);

}  // namespace othello
