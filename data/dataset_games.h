// The games of a dataset folder, one after the other.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "data/dataset_files.h"
#include "data/labels.h"

namespace othello {

/// The checksums of all shards of a dataset: what stands for its games in a player's name.
std::string dataset_checksums(const std::filesystem::path& folder);

/// Calls `visit` for every game of the dataset, replayed. Throws Error if the dataset is damaged, of another board or
/// without a game, or holds a move that is not legal.
void visit_games(const BoardSize& board, const std::filesystem::path& folder,
                 const std::function<void(const Game&, const std::vector<PlyFacts>&)>& visit);

}  // namespace othello
