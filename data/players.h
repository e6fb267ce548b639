// Players by name, as --player, configurations and datasets give it.
#pragma once

#include <memory>
#include <string>

#include "engine/player.h"

namespace othello {

/// uniform | greedy:T | restricted:FILE | expert-replay:DATASET | dataset:DATASET. A name that was recorded with the
/// checksum of its file (`Player::name`) is taken only as long as the file holds the same. Throws UsageError for other
/// names, Error for a file or dataset that cannot be used.
std::shared_ptr<const Player> make_player(const std::string& name, const BoardSize& board);

}  // namespace othello
