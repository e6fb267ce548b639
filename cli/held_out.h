// Was a model trained on these games? Asked of every figure that is said to be about games it has not seen.
#pragma once

#include <filesystem>

#include "data/dataset_files.h"
#include "engine/player.h"
#include "model/checkpoint.h"

namespace othello {

enum class Seen { no, perhaps, yes };

/// The games of a dataset, by all that the model was ever trained on: its games may have been replayed, come from the
/// same player and seed, or stand in another dataset that was (what that one is can be told while it lies where it
/// lay).
Seen seen_dataset(const TrainingFacts& facts, const std::filesystem::path& folder, const DatasetDocument& dataset);

/// The games of a player, null for uniform, whatever the purpose: only those that replay a dataset can have been seen.
Seen seen_player(const TrainingFacts& facts, const Player* player);

/// "was" or "may have been".
const char* in_words(Seen seen);

}  // namespace othello
