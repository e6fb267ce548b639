#include "data/dataset_files.h"

#include <algorithm>

#include "common/error.h"
#include "common/files.h"

namespace fs = std::filesystem;

namespace othello {
namespace {

std::string shard_name(std::size_t number) { return fmt::format("games-{:05}.npy", number); }

}  // namespace

fs::path dataset_document_file(const fs::path& folder) { return folder / "dataset.json"; }

DatasetDocument read_dataset_document(const fs::path& folder) {
  const fs::path file = dataset_document_file(folder);
  Json in = parse_json(read_file(file), file.string());
  DatasetDocument document;
  try {
    if (!in.is_object() || !in.contains("shards") || !in["shards"].is_array()) fail("expected an object with 'shards'");
    for (const Json& shard : in["shards"]) read_config(document.shards.emplace_back(), shard, "shards.");
    in.erase("shards");
    if (in.contains("source")) document.source = in["source"];
    in.erase("source");
    if (!in.contains("schema")) fail("expected \"schema\": \"{}\"", kDatasetSchema);
    read_config(document.header, in);
    board_size(document.header.board);
    std::int64_t games = 0;
    for (std::size_t i = 0; i < document.shards.size(); ++i) {
      games += document.shards[i].games;
      if (document.shards[i].file != shard_name(i)) fail("shard {} must be called {}", i, shard_name(i));
    }
    if (games != document.header.games) fail("it counts {} games, its shards {}", document.header.games, games);
  } catch (const Error& error) {
    fail("{}: {}", file.string(), error.what());
  }
  return document;
}

void write_dataset_document(const fs::path& folder, const DatasetDocument& document) {
  Json out = to_json(document.header);
  if (!document.source.is_null()) out["source"] = document.source;
  out["shards"] = Json::array();
  for (const DatasetShard& shard : document.shards) out["shards"].push_back(to_json(shard));
  write_file(dataset_document_file(folder), out.dump(1) + "\n");
}

DatasetShard write_shard(const fs::path& folder, std::size_t number, const ByteMatrix& tokens) {
  const std::string bytes = npy_bytes(tokens);
  write_file(folder / shard_name(number), bytes);
  return {shard_name(number), tokens.rows, sha256(bytes)};
}

ByteMatrix read_shard(const fs::path& folder, const DatasetShard& shard, int max_moves) {
  const fs::path file = folder / shard.file;
  const std::string bytes = read_file(file);
  ByteMatrix tokens = parse_npy(bytes, file.string());
  if (tokens.rows != shard.games || tokens.columns != max_moves)
    fail("{}: expected [{}, {}] tokens, found [{}, {}]", file.string(), shard.games, max_moves, tokens.rows,
         tokens.columns);
  if (sha256(bytes) != shard.sha256)
    fail("{}: its checksum is not the one in dataset.json: it was altered", file.string());
  return tokens;
}

ByteMatrix to_tokens(std::span<const Game> games, const Vocabulary& vocabulary) {
  const std::size_t columns = static_cast<std::size_t>(vocabulary.max_moves());
  ByteMatrix tokens{.rows = static_cast<std::int64_t>(games.size()), .columns = vocabulary.max_moves(), .values = {}};
  tokens.values.resize(games.size() * columns, kPadding);
  for (std::size_t i = 0; i < games.size(); ++i)
    std::transform(games[i].moves().begin(), games[i].moves().end(), tokens.values.data() + i * columns,
                   [&](std::uint8_t square) { return vocabulary.token(square); });
  return tokens;
}

Game from_tokens(std::span<const Token> row, const Vocabulary& vocabulary) {
  Game game;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (row[i] >= vocabulary.size()) fail("token {} is not between 0 and {}", row[i], vocabulary.size() - 1);
    if (row[i] == kPadding) continue;
    if (game.length != i) fail("a move follows the padding");
    game.add(vocabulary.square(row[i]));
  }
  return game;
}

}  // namespace othello
