// The fixed games that a learning coefficient is measured on, in minibatches, with the sets of their positions that it
// is asked of.
#pragma once

#include <string>
#include <vector>

#include "data/games.h"
#include "model/config.h"
#include "model/torch.h"

namespace othello {

/// A set of positions that have a next move.
struct LlcSubset {
  enum class Kind { all, flips, ply, player };
  std::string name;  // as it was asked for
  Kind kind = Kind::all;
  int first = 0, last = 0;  // of flips, 4 being 4 and more; or of plies
  std::string player;       // whose games instead
};

/// all | flips:K (the next move turns a disc that has been turned K times before, and none that was more often; K = 0
/// to 3, 4+) | ply:A-B (after moves A to B) | player:NAME (all positions of the games of another player). Throws Error
/// that names the nearest for others.
LlcSubset parse_subset(const std::string& name);

struct LlcMinibatch {
  Tensor tokens;     // [games, context] int64
  Tensor targets;    // [games·context] int64, 0 = none
  Tensor masks;      // [subsets, games·context] fp64: 1 in the subset
  Tensor counts;     // [subsets] fp64: positions in it
  double positions;  // with a target
};

/// Games of one player with sampled moves.
struct LlcGameSet {
  std::vector<LlcMinibatch> batches;
  std::vector<std::string> subsets;  // what the rows of `masks` are called
};

struct LlcGames {
  std::vector<LlcGameSet> sets;  // the model's player first, whose row 0 is "all"; then other players, all positions
  std::int64_t batch_games = 0;

  std::int64_t games() const { return static_cast<std::int64_t>(sets[0].batches.size()) * batch_games; }
};

/// The first `games` games of the player for evaluation, which nothing was trained on, in whole minibatches of
/// `batch_games`, what is left over left out; `all` comes first whether asked for or not. A player that has fewer games
/// of its own gives those, with a warning. Throws Error if there are fewer games than a minibatch, another player has
/// fewer games than are taken, or a subset has no position in them.
LlcGames llc_games(const ModelConfig& config, const std::shared_ptr<const Player>& player,
                   const std::vector<std::string>& subsets, std::int64_t games, std::int64_t batch_games,
                   std::uint64_t seed);

}  // namespace othello
