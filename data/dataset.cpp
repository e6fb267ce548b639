#include "data/dataset.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

#include "common/files.h"
#include "common/progress.h"
#include "common/threads.h"
#include "data/dataset_files.h"
#include "data/games.h"
#include "data/labels.h"
#include "data/vocabulary.h"

namespace fs = std::filesystem;

namespace othello {
namespace {

/// Games first … first+count−1 of the source.
std::vector<Game> play_shard(const GameSource& source, std::int64_t first, std::int64_t count) {
  constexpr std::int64_t kChunk = 2000;  // games a worker plays at a time
  std::vector<Game> games(static_cast<std::size_t>(count));
  const auto chunks = static_cast<int>((count + kChunk - 1) / kChunk);
  parallel_for(chunks, available_cores(), [&](int chunk, int) {
    const std::int64_t begin = chunk * kChunk, size = std::min(kChunk, count - begin);
    source.play(static_cast<std::uint64_t>(first + begin),
                std::span(games).subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(size)));
  });
  return games;
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

Counts count_games(const ByteMatrix& tokens, const Vocabulary& vocabulary, const fs::path& file) {
  Counts counts;
  for (std::int64_t i = 0; i < tokens.rows; ++i) {
    const std::span row(tokens.values.data() + i * tokens.columns, static_cast<std::size_t>(tokens.columns));
    Game game;
    try {
      game = from_tokens(row, vocabulary);
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
                                    std::int64_t games, const std::function<void(std::int64_t)>& progress,
                                    std::shared_ptr<const Player> player) {
  require_new_folder(folder);
  const GameSource source(board, seed, Purpose::training, std::move(player));
  const Vocabulary vocabulary(board);
  DatasetSummary summary;
  write_folder(folder, [&](const fs::path& temporary) {
    DatasetDocument document;
    while (summary.games < games) {
      const std::int64_t count = std::min(kShardGames, games - summary.games);
      const Stopwatch playing;
      const std::vector<Game> played = play_shard(source, summary.games, count);
      summary.play_seconds += playing.seconds();
      summary.games += count;
      for (const Game& game : played) summary.plies += game.length;
      document.shards.push_back(write_shard(temporary, document.shards.size(), to_tokens(played, vocabulary)));
      progress(summary.games);
    }
    document.header.board = board.side;
    document.header.player = source.player().name();
    document.header.seed = seed;
    document.header.games = summary.games;
    document.header.plies = summary.plies;
    write_dataset_document(temporary, document);
  });
  return summary;
}

Json inspect_dataset(const fs::path& folder) {
  const DatasetDocument dataset = read_dataset_document(folder);
  const Vocabulary vocabulary(board_size(dataset.header.board));
  std::vector<Counts> shards(dataset.shards.size());
  parallel_for(static_cast<int>(shards.size()), available_cores(), [&](int index, int) {
    const auto i = static_cast<std::size_t>(index);
    const fs::path file = folder / dataset.shards[i].file;
    shards[i] = count_games(read_shard(folder, dataset.shards[i], vocabulary.max_moves()), vocabulary, file);
  });
  Counts all;
  for (const Counts& shard : shards) all.add(shard);
  const DatasetHeader& header = dataset.header;
  if (all.plies != header.plies)
    fail("{}: it counts {} plies, its shards hold {}", dataset_document_file(folder).string(), header.plies, all.plies);

  Json lengths = Json::object();
  for (const auto& [length, games] : all.lengths) lengths[std::to_string(length)] = games;
  Json out = {{"kind", "dataset"},
              {"board", header.board},
              {"player", header.player},
              {"seed", header.seed},
              {"games", header.games},
              {"plies", header.plies},
              {"skipped", header.skipped},
              {"unfinished", all.unfinished},
              {"duplicates", header.duplicates + all.duplicates()},
              {"illegal", header.illegal + all.illegal},
              {"passes", all.passes},
              {"lengths", std::move(lengths)},
              {"shards", dataset.shards.size()}};
  if (!all.first_illegal.empty()) out["first_illegal"] = all.first_illegal;
  return out;
}

bool is_dataset(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_regular_file(dataset_document_file(folder), ignored);
}

}  // namespace othello
