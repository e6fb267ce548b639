#include "data/dataset_files.h"

#include <algorithm>
#include <cctype>

#include "common/error.h"
#include "common/files.h"
#include "data/labels.h"
#include "data/unfinished.h"

namespace fs = std::filesystem;

namespace othello {

std::string shard_name(std::size_t number) { return fmt::format("games-{:05}.npy", number); }

fs::path dataset_document_file(const fs::path& folder) { return folder / "dataset.json"; }

bool is_dataset(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_regular_file(dataset_document_file(folder), ignored) ||
         fs::is_regular_file(unfinished_file(folder), ignored);
}

std::string dataset_advice(const fs::path& path) {
  std::error_code ignored;
  if (fs::is_regular_file(path, ignored)) {
    std::string ending = path.extension().string();
    std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return std::tolower(c); });
    for (const char* known : {".wtb", ".pgn", ".ggf", ".txt", ".npy"})
      if (ending == known)
        return fmt::format("{} is a file of games: 'othello-gpt import' makes a dataset of it", path.string());
  }
  const fs::path train = path / "train", test = path / "test";
  if (is_dataset(path) || !is_dataset(train) || !is_dataset(test)) return {};
  return fmt::format("{} holds two datasets: {} and {}; name one of them", path.string(), train.string(),
                     test.string());
}

DatasetDocument read_dataset_document(const fs::path& folder) {
  const fs::path file = dataset_document_file(folder);
  if (const std::string advice = dataset_advice(folder); !advice.empty()) fail("{}", advice);
  if (!fs::exists(file) && fs::exists(unfinished_file(folder)))
    fail("{}", how_to_go_on(folder, read_unfinished(folder)));
  return parse_dataset_document(read_file(file), file.string());
}

DatasetDocument parse_dataset_document(std::string_view text, std::string_view source) {
  Json in = parse_json(text, source);
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
    fail("{}: {}", source, error.what());
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
  return write_shard(folder, number, tokens.rows, npy_bytes(tokens));
}

DatasetShard write_shard(const fs::path& folder, std::size_t number, std::int64_t games, std::string_view npy) {
  write_file(folder / shard_name(number), npy);
  return {shard_name(number), games, sha256(npy)};
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

std::string checksums(const DatasetDocument& dataset) {
  std::string all;
  for (const DatasetShard& shard : dataset.shards) all += shard.sha256;
  return all;
}

std::vector<Game> read_games(const fs::path& folder, const DatasetDocument& document, std::int64_t limit) {
  const BoardSize board = board_size(document.header.board);
  const Vocabulary vocabulary(board);
  std::vector<Game> games;
  for (const DatasetShard& shard : document.shards) {
    const auto first = static_cast<std::int64_t>(games.size());
    if (first >= limit) break;
    const ByteMatrix tokens = read_shard(folder, shard, vocabulary.max_moves());
    for (std::int64_t row = 0; row < std::min(tokens.rows, limit - first); ++row) {
      try {
        games.push_back(from_tokens(tokens, row, vocabulary));
        replay(board, games.back().moves());
      } catch (const Error& error) {
        fail("{}: game {}: {}", folder.string(), first + row, error.what());
      }
    }
  }
  return games;
}

ByteMatrix to_tokens(std::span<const Game> games, const Vocabulary& vocabulary) {
  ByteMatrix tokens{.rows = static_cast<std::int64_t>(games.size()), .columns = vocabulary.max_moves(), .values = {}};
  tokens.values.resize(games.size() * static_cast<std::size_t>(tokens.columns), kPadding);
  write_tokens(games, vocabulary, tokens.values);
  return tokens;
}

void write_tokens(std::span<const Game> games, const Vocabulary& vocabulary, std::span<Token> tokens) {
  const auto columns = static_cast<std::size_t>(vocabulary.max_moves());
  for (std::size_t i = 0; i < games.size(); ++i)
    std::transform(games[i].moves().begin(), games[i].moves().end(), tokens.data() + i * columns,
                   [&](std::uint8_t square) { return vocabulary.token(square); });
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

Game from_tokens(const ByteMatrix& tokens, std::int64_t row, const Vocabulary& vocabulary) {
  const auto columns = static_cast<std::size_t>(tokens.columns);
  return from_tokens(std::span(tokens.values).subspan(static_cast<std::size_t>(row) * columns, columns), vocabulary);
}

}  // namespace othello
