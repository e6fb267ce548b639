// The files of a dataset folder: games-00000.npy, … (uint8 tokens, [games, moves], 0-padded) and dataset.json.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/config.h"
#include "common/npy.h"
#include "data/vocabulary.h"
#include "engine/game.h"

namespace othello {

inline constexpr const char* kDatasetSchema = "othello-gpt/dataset/1";

/// Games in every shard but the last.
inline constexpr std::int64_t kShardGames = 100000;

/// dataset.json without its list of shards. Records in the source = games + duplicates + skipped.
struct DatasetHeader {
  std::string schema = kDatasetSchema;
  int board = 0;
  std::string player;  // who chose the moves: "uniform", …; "imported" for games from files
  std::uint64_t seed = 0;
  std::int64_t games = 0;
  std::int64_t plies = 0;
  std::int64_t skipped = 0;     // records that were left out, for they could not be read or replayed
  std::int64_t illegal = 0;     // those of them with a move that the rules forbid
  std::int64_t duplicates = 0;  // games left out, for the dataset has them already

  template <class Visitor>
  void fields(Visitor& v) {
    v("schema", schema, OneOf{{kDatasetSchema}});
    v("board", board, Range{6, 8});
    v("player", player);
    v("seed", seed);
    v("games", games, Range{0, 1e12});
    v("plies", plies, Range{0, 1e14});
    v("skipped", skipped, Range{0, 1e12});
    v("illegal", illegal, Range{0, 1e12});
    v("duplicates", duplicates, Range{0, 1e12});
  }
};

struct DatasetShard {
  std::string file;
  std::int64_t games = 0;
  std::string sha256;

  template <class Visitor>
  void fields(Visitor& v) {
    v("file", file);
    v("games", games, Range{1, 1e9});
    v("sha256", sha256);
  }
  friend bool operator==(const DatasetShard&, const DatasetShard&) = default;
};

struct DatasetDocument {
  DatasetHeader header;
  Json source;  // of imported games: what they were read from; else null
  std::vector<DatasetShard> shards;
};

std::filesystem::path dataset_document_file(const std::filesystem::path& folder);

/// Whether `folder` holds a dataset, or one that `generate` has not finished.
bool is_dataset(const std::filesystem::path& folder);

/// Of what is no dataset but leads to one: a folder with the two that `import --test` makes, or a file of games. A
/// sentence that says what to name or do instead; else "".
std::string dataset_advice(const std::filesystem::path& path);

/// Throws Error naming the file and what is wrong with it: not there, no JSON, an unknown key, shards out of order, or
/// counts that do not add up. Of an unfinished dataset it says how to go on.
DatasetDocument read_dataset_document(const std::filesystem::path& folder);

/// The same for a text; errors name `source`.
DatasetDocument parse_dataset_document(std::string_view text, std::string_view source);
void write_dataset_document(const std::filesystem::path& folder, const DatasetDocument& document);

/// "games-00000.npy", …
std::string shard_name(std::size_t number);

/// Writes shard `number` and says what dataset.json must know of it. Throws Error (disk full, …).
DatasetShard write_shard(const std::filesystem::path& folder, std::size_t number, const ByteMatrix& tokens);

/// The same for `games` games that are a .npy file's bytes already.
DatasetShard write_shard(const std::filesystem::path& folder, std::size_t number, std::int64_t games,
                         std::string_view npy);

/// The tokens of a shard, [games, max_moves], checked against the size and checksum that dataset.json promises.
ByteMatrix read_shard(const std::filesystem::path& folder, const DatasetShard& shard, int max_moves);

/// The checksums of all shards, one after the other: what stands for its games in the name of a player.
std::string checksums(const DatasetDocument& dataset);

/// The first `limit` games of a dataset (all if it has fewer), replayed: 61 bytes of memory each. Throws Error naming
/// the shard and, where it is one, the game (counted from 0 in the dataset) that is damaged or not legal.
std::vector<Game> read_games(const std::filesystem::path& folder, const DatasetDocument& document, std::int64_t limit);

/// Games as rows of tokens, [games, max_moves], and back. `from_tokens` throws Error for a token out of range or behind
/// the padding.
ByteMatrix to_tokens(std::span<const Game> games, const Vocabulary& vocabulary);
/// The same into `tokens`, which hold kPadding already.
void write_tokens(std::span<const Game> games, const Vocabulary& vocabulary, std::span<Token> tokens);
Game from_tokens(std::span<const Token> row, const Vocabulary& vocabulary);
Game from_tokens(const ByteMatrix& tokens, std::int64_t row, const Vocabulary& vocabulary);

}  // namespace othello
