// A dataset on its way: what is asked for and which shards are there, so that `generate` can go on after any end.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "data/dataset_files.h"

namespace othello {

/// What decides every game of a generated dataset.
struct DatasetRequest {
  std::string schema = kDatasetSchema;
  int board = 8;
  std::string player = "uniform";
  std::uint64_t seed = 1;
  std::int64_t games = 1;

  template <class Visitor>
  void fields(Visitor& v) {
    v("schema", schema, OneOf{{kDatasetSchema}});
    v("board", board, Range{6, 8});
    v("player", player);
    v("seed", seed);
    v("games", games, Range{1, 1e12});
  }

  std::size_t shards() const { return static_cast<std::size_t>((games + kShardGames - 1) / kShardGames); }
  /// Games in shard `number`.
  std::int64_t shard_games(std::size_t number) const {
    return std::min(kShardGames, games - static_cast<std::int64_t>(number) * kShardGames);
  }
};

/// "seed 3 instead of 4, games 10 instead of 20": what `found` has otherwise; "" if nothing.
std::string difference(const DatasetRequest& found, const DatasetRequest& wanted);

struct UnfinishedDataset {
  DatasetRequest request;
  std::map<std::size_t, DatasetShard> shards;  // those that are written, by number
  std::int64_t games() const;                  // in them
};

/// unfinished.jsonl: the request in the first line, then a line for each shard that is whole. Appending is enough to
/// record a shard, for a last line that is torn is left out.
std::filesystem::path unfinished_file(const std::filesystem::path& folder);

/// Throws Error naming the file and line of what is not as described, or a shard that the request does not have.
UnfinishedDataset read_unfinished(const std::filesystem::path& folder);
UnfinishedDataset parse_unfinished(std::string_view text, std::string_view source);

/// Writes the whole file anew; appends the line of one shard.
void write_unfinished(const std::filesystem::path& folder, const UnfinishedDataset& dataset);
void append_unfinished(const std::filesystem::path& folder, const DatasetShard& shard);

/// "games7 is unfinished: 3 of 9 games are written; run 'othello-gpt generate …' to go on"
std::string how_to_go_on(const std::filesystem::path& folder, const UnfinishedDataset& dataset);

}  // namespace othello
