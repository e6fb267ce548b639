#include "data/dataset.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

#include "common/files.h"
#include "common/npy.h"
#include "common/progress.h"
#include "common/threads.h"
#include "data/games.h"
#include "data/labels.h"
#include "data/vocabulary.h"

namespace fs = std::filesystem;

namespace othello {
namespace {

constexpr std::int64_t kShardGames = 100000;
constexpr const char* kSchema = "othello-gpt/dataset/1";

/// dataset.json without its list of shards.
struct Header {
  std::string schema;
  int board = 0;
  std::string player;
  std::uint64_t seed = 0;
  std::int64_t games = 0;
  std::int64_t plies = 0;

  template <class Visitor>
  void fields(Visitor& v) {
    v("schema", schema, OneOf{{kSchema}});
    v("board", board, Range{6, 8});
    v("player", player);
    v("seed", seed);
    v("games", games, Range{0, 1e12});
    v("plies", plies, Range{0, 1e14});
  }
};

struct Shard {
  std::string file;
  std::int64_t games = 0;
  std::string sha256;

  template <class Visitor>
  void fields(Visitor& v) {
    v("file", file);
    v("games", games, Range{1, 1e9});
    v("sha256", sha256);
  }
};

std::string shard_name(std::size_t number) { return fmt::format("games-{:05}.npy", number); }
fs::path document_file(const fs::path& folder) { return folder / "dataset.json"; }

/// Games first … first+count−1 of the source as tokens, [count, max_moves].
ByteMatrix play_shard(const GameSource& source, const Vocabulary& vocabulary, std::int64_t first, std::int64_t count) {
  constexpr std::int64_t kChunk = 2000;  // games a worker plays at a time
  const std::int64_t columns = vocabulary.max_moves();
  ByteMatrix tokens{.rows = count, .columns = columns, .values = {}};
  tokens.values.resize(static_cast<std::size_t>(count * columns), kPadding);
  const auto chunks = static_cast<int>((count + kChunk - 1) / kChunk);
  parallel_for(chunks, available_cores(), [&](int chunk, int) {
    const std::int64_t end = std::min(count, (chunk + 1) * kChunk);
    for (std::int64_t i = chunk * kChunk; i < end; ++i) {
      const Game game = source.game(static_cast<std::uint64_t>(first + i));
      std::transform(game.moves().begin(), game.moves().end(), tokens.values.begin() + i * columns,
                     [&](std::uint8_t square) { return vocabulary.token(square); });
    }
  });
  return tokens;
}

Json document(Header header, const std::vector<Shard>& shards) {
  Json out = to_json(header);
  out["shards"] = Json::array();
  for (const Shard& shard : shards) out["shards"].push_back(to_json(shard));
  return out;
}

struct Dataset {
  Header header;
  std::vector<Shard> shards;
};

Dataset read_document(const fs::path& file) {
  Json in = parse_json(read_file(file), file.string());
  Dataset dataset;
  try {
    if (!in.is_object() || !in.contains("shards") || !in["shards"].is_array()) fail("expected an object with 'shards'");
    for (const Json& shard : in["shards"]) read_config(dataset.shards.emplace_back(), shard, "shards.");
    in.erase("shards");
    read_config(dataset.header, in);
    board_size(dataset.header.board);
    if (dataset.header.schema.empty()) fail("expected \"schema\": \"{}\"", kSchema);
    std::int64_t games = 0;
    for (std::size_t i = 0; i < dataset.shards.size(); ++i) {
      games += dataset.shards[i].games;
      if (dataset.shards[i].file != shard_name(i)) fail("shard {} must be called {}", i, shard_name(i));
    }
    if (games != dataset.header.games) fail("it counts {} games, its shards {}", dataset.header.games, games);
  } catch (const Error& error) {
    fail("{}: {}", file.string(), error.what());
  }
  return dataset;
}

/// Checked against the size and checksum that dataset.json promises.
ByteMatrix read_shard(const fs::path& file, const Shard& shard, int max_moves) {
  const std::string bytes = read_file(file);
  ByteMatrix tokens = parse_npy(bytes, file.string());
  if (tokens.rows != shard.games || tokens.columns != max_moves)
    fail("{}: expected [{}, {}] tokens, found [{}, {}]", file.string(), shard.games, max_moves, tokens.rows,
         tokens.columns);
  if (sha256(bytes) != shard.sha256)
    fail("{}: its checksum is not the one in dataset.json: it was altered", file.string());
  return tokens;
}

/// 128 bits per game, so that even among 10⁹ games two different ones practically never share one.
using Fingerprint = std::array<std::uint32_t, 4>;

Fingerprint fingerprint(std::span<const Token> row) {
  Fingerprint hash{};
  for (std::size_t i = 0; i < row.size(); i += 4) {
    for (std::size_t j = i; j < std::min(i + 4, row.size()); ++j) hash[j % 4] ^= row[j];
    hash = philox4x32(hash, {static_cast<std::uint32_t>(i), 0});
  }
  return hash;
}

struct Counts {
  std::int64_t plies = 0;
  std::int64_t unfinished = 0;
  std::int64_t illegal = 0;
  std::int64_t passes = 0;
  std::map<std::size_t, std::int64_t> lengths;
  std::vector<Fingerprint> fingerprints;
  std::string first_illegal;

  /// `later` stands behind these games in the dataset.
  void add(const Counts& later) {
    plies += later.plies;
    unfinished += later.unfinished;
    illegal += later.illegal;
    passes += later.passes;
    for (const auto& [length, games] : later.lengths) lengths[length] += games;
    fingerprints.insert(fingerprints.end(), later.fingerprints.begin(), later.fingerprints.end());
    if (first_illegal.empty()) first_illegal = later.first_illegal;
  }

  std::int64_t duplicates() {
    std::sort(fingerprints.begin(), fingerprints.end());
    const auto end = std::unique(fingerprints.begin(), fingerprints.end());
    return std::distance(end, fingerprints.end());
  }
};

/// The squares of a row of tokens; throws Error for a token out of range or behind the padding.
Game read_game(std::span<const Token> row, const Vocabulary& vocabulary) {
  Game game;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (row[i] >= vocabulary.size()) fail("token {} is not between 0 and {}", row[i], vocabulary.size() - 1);
    if (row[i] == kPadding) continue;
    if (game.length != i) fail("a move follows the padding");
    game.add(vocabulary.square(row[i]));
  }
  return game;
}

Counts count_games(const ByteMatrix& tokens, const Vocabulary& vocabulary, const fs::path& file) {
  Counts counts;
  for (std::int64_t i = 0; i < tokens.rows; ++i) {
    const std::span row(tokens.values.data() + i * tokens.columns, static_cast<std::size_t>(tokens.columns));
    Game game;
    try {
      game = read_game(row, vocabulary);
    } catch (const Error& error) {
      fail("{}: game {}: {}", file.string(), i, error.what());
    }
    counts.plies += game.length;
    ++counts.lengths[game.length];
    counts.fingerprints.push_back(fingerprint(row));
    try {
      const auto facts = replay(vocabulary.board(), game.moves());
      counts.unfinished += facts.empty() || !facts.back().over();
      counts.passes += std::count_if(facts.begin(), facts.end(), [](const auto& ply) { return ply.pass_before_next; });
    } catch (const Error& error) {
      if (counts.illegal++ == 0)
        counts.first_illegal = fmt::format("{}, game {}: {}", file.filename().string(), i, error.what());
    }
  }
  return counts;
}

}  // namespace

DatasetSummary write_random_dataset(const fs::path& folder, const BoardSize& board, std::uint64_t seed,
                                    std::int64_t games, const std::function<void(std::int64_t)>& progress) {
  require_new_folder(folder);
  const GameSource source(board, seed, Purpose::training);
  const Vocabulary vocabulary(board);
  DatasetSummary summary;
  write_folder(folder, [&](const fs::path& temporary) {
    std::vector<Shard> shards;
    while (summary.games < games) {
      const std::int64_t count = std::min(kShardGames, games - summary.games);
      const Stopwatch playing;
      const ByteMatrix tokens = play_shard(source, vocabulary, summary.games, count);
      summary.play_seconds += playing.seconds();
      summary.games += count;
      summary.plies += static_cast<std::int64_t>(tokens.values.size()) -
                       std::count(tokens.values.begin(), tokens.values.end(), kPadding);
      const std::string bytes = npy_bytes(tokens);
      shards.push_back({shard_name(shards.size()), count, sha256(bytes)});
      write_file(temporary / shards.back().file, bytes);
      progress(summary.games);
    }
    const Header header{kSchema, board.side, "uniform", seed, summary.games, summary.plies};
    write_file(document_file(temporary), document(header, shards).dump(1) + "\n");
  });
  return summary;
}

Json inspect_dataset(const fs::path& folder) {
  const Dataset dataset = read_document(document_file(folder));
  const Vocabulary vocabulary(board_size(dataset.header.board));
  std::vector<Counts> shards(dataset.shards.size());
  parallel_for(static_cast<int>(shards.size()), available_cores(), [&](int index, int) {
    const auto i = static_cast<std::size_t>(index);
    const fs::path file = folder / dataset.shards[i].file;
    shards[i] = count_games(read_shard(file, dataset.shards[i], vocabulary.max_moves()), vocabulary, file);
  });
  Counts all;
  for (const Counts& shard : shards) all.add(shard);
  const Header& header = dataset.header;
  if (all.plies != header.plies)
    fail("{}: it counts {} plies, its shards hold {}", document_file(folder).string(), header.plies, all.plies);

  Json lengths = Json::object();
  for (const auto& [length, games] : all.lengths) lengths[std::to_string(length)] = games;
  Json out = {{"kind", "dataset"},
              {"board", header.board},
              {"player", header.player},
              {"seed", header.seed},
              {"games", header.games},
              {"plies", header.plies},
              {"skipped", 0},
              {"unfinished", all.unfinished},
              {"duplicates", all.duplicates()},
              {"illegal", all.illegal},
              {"passes", all.passes},
              {"lengths", std::move(lengths)},
              {"shards", dataset.shards.size()}};
  if (!all.first_illegal.empty()) out["first_illegal"] = all.first_illegal;
  return out;
}

bool is_dataset(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_regular_file(document_file(folder), ignored);
}

}  // namespace othello
