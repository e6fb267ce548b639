#include "data/unfinished.h"

#include <charconv>

#include "common/error.h"
#include "common/files.h"

namespace fs = std::filesystem;

namespace othello {
namespace {

void read_request(DatasetRequest& request, const Json& line) {
  for (const char* key : {"schema", "board", "player", "seed", "games"})
    if (!line.is_object() || !line.contains(key)) fail("expected the configuration, with '{}'", key);
  read_config(request, line);
  board_size(request.board);
}

void add_shard(UnfinishedDataset& dataset, const Json& line) {
  DatasetShard shard;
  read_config(shard, line);
  constexpr std::string_view prefix = "games-";
  std::size_t number = 0;
  if (shard.file.size() > prefix.size())
    std::from_chars(shard.file.data() + prefix.size(), shard.file.data() + shard.file.size(), number);
  if (shard.file != shard_name(number) || number >= dataset.request.shards() ||
      shard.games != dataset.request.shard_games(number))
    fail("{} games in '{}' are no shard of {} games", shard.games, shard.file, dataset.request.games);
  dataset.shards.insert_or_assign(number, std::move(shard));
}

std::string line_of(const DatasetShard& shard) { return json_text(to_json(shard)); }

}  // namespace

std::string difference(const DatasetRequest& found, const DatasetRequest& wanted) {
  const Json there = to_json(found), asked = to_json(wanted);
  std::string text;
  for (const auto& [key, value] : there.items())
    if (value != asked[key])
      text +=
          fmt::format("{}{} {} instead of {}", text.empty() ? "" : ", ", key, json_text(value), json_text(asked[key]));
  return text;
}

std::int64_t UnfinishedDataset::games() const {
  std::int64_t games = 0;
  for (const auto& [number, shard] : shards) games += shard.games;
  return games;
}

fs::path unfinished_file(const fs::path& folder) { return folder / "unfinished.jsonl"; }

UnfinishedDataset read_unfinished(const fs::path& folder) {
  const fs::path file = unfinished_file(folder);
  return parse_unfinished(read_file(file), file.string());
}

UnfinishedDataset parse_unfinished(std::string_view text, std::string_view source) {
  UnfinishedDataset dataset;
  int number = 0;
  for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    const auto where = fmt::format("{}, line {}", source, ++number);
    const Json line = parse_json(text.substr(0, end), where);
    text.remove_prefix(end + 1);
    try {
      if (number == 1) read_request(dataset.request, line);
      else add_shard(dataset, line);
    } catch (const Error& error) {
      fail("{}: {}", where, error.what());
    }
  }
  if (number == 0) fail("{}: expected the configuration in its first line", source);
  return dataset;
}

void write_unfinished(const fs::path& folder, const UnfinishedDataset& dataset) {
  std::string text = json_text(to_json(dataset.request)) + "\n";
  for (const auto& [number, shard] : dataset.shards) text += line_of(shard) + "\n";
  write_file(unfinished_file(folder), text);
}

void append_unfinished(const fs::path& folder, const DatasetShard& shard) {
  append_line(unfinished_file(folder), line_of(shard));
}

std::string how_to_go_on(const fs::path& folder, const UnfinishedDataset& dataset) {
  const DatasetRequest& request = dataset.request;
  return fmt::format(
      "{} is unfinished: {} of {} games are written; run 'othello-gpt generate --games {} --seed {} --board {} "
      "--player "
      "{} --out {}' to go on",
      folder.string(), dataset.games(), request.games, request.games, request.seed, request.board, request.player,
      folder.string());
}

}  // namespace othello
