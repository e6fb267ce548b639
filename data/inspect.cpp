#include "data/inspect.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/files.h"
#include "common/threads.h"
#include "data/dataset_files.h"
#include "data/figures.h"
#include "data/fingerprint.h"
#include "data/games.h"
#include "data/games_table.h"
#include "data/labels.h"
#include "data/players.h"
#include "data/uniform_reference.h"
#include "data/vocabulary.h"
#include "engine/notation.h"

namespace fs = std::filesystem;

namespace othello {
namespace {

/// Fingerprints that an earlier one equals. Sorts them.
std::int64_t repeats(std::vector<Fingerprint>& fingerprints) {
  std::sort(fingerprints.begin(), fingerprints.end());
  return std::distance(std::unique(fingerprints.begin(), fingerprints.end()), fingerprints.end());
}

/// The games of a shard into `statistics` and their fingerprints into `fingerprints`. Returns what is wrong with the
/// first illegal one, "" if there is none.
std::string count_games(const ByteMatrix& tokens, const Vocabulary& vocabulary, const fs::path& file,
                        GameStatistics& statistics, std::span<Fingerprint> fingerprints) {
  constexpr std::int64_t kPart = 256;  // games replayed together
  std::string first_illegal;
  for (std::int64_t begin = 0; begin < tokens.rows; begin += kPart) {
    std::vector<Game> games;
    for (std::int64_t i = begin; i < std::min(begin + kPart, tokens.rows); ++i) {
      try {
        games.push_back(from_tokens(tokens, i, vocabulary));
      } catch (const Error& error) {
        fail("{}: game {}: {}", file.string(), i, error.what());
      }
      fingerprints[static_cast<std::size_t>(i)] = fingerprint(games.back());
    }
    const auto illegal = statistics.add(games, vocabulary.board());
    if (!illegal || !first_illegal.empty()) continue;
    try {
      replay(vocabulary.board(), games[*illegal].moves());
    } catch (const Error& error) {
      first_illegal = fmt::format("{}, game {}: {}", file.filename().string(),
                                  static_cast<std::size_t>(begin) + *illegal, error.what());
    }
  }
  return first_illegal;
}

/// The names of the games in an imported dataset, if it has them.
void check_names(const fs::path& folder, const Json& source) {
  if (!source.is_object() || !source.contains(kGamesTable)) return;
  const fs::path file = folder / kGamesTable;
  if (source[kGamesTable] != sha256(read_file(file)))
    fail("{}: its checksum is not the one in dataset.json: it was altered", file.string());
}

/// Who is said to have played a generated dataset; nothing for games from files, or if that player cannot be made here.
std::optional<GameSource> source_of(const DatasetHeader& header) {
  if (header.player == "imported") return {};
  const BoardSize board = board_size(header.board);
  try {
    return GameSource(board, header.seed, Purpose::training, make_player(header.player, board));
  } catch (const Error&) {
    return {};
  }
}

/// Whether the first and the last game of a shard are those that `source` plays.
bool plays(const GameSource& source, const ByteMatrix& tokens, std::size_t first, const Vocabulary& vocabulary) {
  for (const std::int64_t i : {std::int64_t{0}, tokens.rows - 1})
    if (from_tokens(tokens, i, vocabulary) != source.game(first + static_cast<std::uint64_t>(i))) return false;
  return true;
}

/// The most common openings: [{"moves", "games", "share", "uniform"}]. `lines` is how many equivalent ones each entry
/// stands for.
Json openings_json(const std::map<Opening, std::int64_t>& openings, int lines, const BoardSize& board) {
  constexpr std::size_t shown = 20;
  std::vector<std::pair<std::int64_t, Opening>> sorted;
  std::int64_t all = 0;
  for (const auto& [opening, games] : openings) {
    sorted.emplace_back(games, opening);
    all += games;
  }
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  Json top = Json::array();
  for (const auto& [games, opening] : std::span(sorted).first(std::min(shown, sorted.size()))) {
    Game game;
    for (const Square square : opening) game.add(square);
    top.push_back({{"moves", game_text(game)},
                   {"games", games},
                   {"share", static_cast<double>(games) / static_cast<double>(all)},
                   {"uniform", lines * uniform_probability(board, game.moves())}});
  }
  return {{"games", all}, {"distinct", sorted.size()}, {"top", std::move(top)}};
}

Json lengths_json(const GameStatistics& statistics) {
  Json lengths = Json::object();
  for (std::size_t moves = 0; moves < statistics.lengths.size(); ++moves)
    if (statistics.lengths[moves] > 0) lengths[std::to_string(moves)] = statistics.lengths[moves];
  return lengths;
}

/// What the games look like, beside the uniform player.
Json description(const GameStatistics& statistics, const DatasetHeader& header) {
  const BoardSize board = board_size(header.board);
  std::map<Opening, std::int64_t> turned;
  for (const auto& [opening, games] : statistics.openings) turned[turned_to_f5(opening)] += games;
  Json out{{"lengths", lengths_json(statistics)},
           {"results",
            {{"games", statistics.finished()},
             {"black", statistics.black_wins},
             {"draw", statistics.draws},
             {"white", statistics.white_wins},
             {"wiped_out", statistics.wiped_out},
             {"stuck", statistics.stuck}}},
           {"openings", openings_json(statistics.openings, 1, board)},
           {"openings_up_to_symmetry", openings_json(turned, 4, board)},
           {"reference", {{"player", "uniform"}, {"games", kReferenceGames}}},
           {"figures", Json::array()}};
  const auto all = figures(statistics, board, header.player == "uniform");
  std::int64_t judged = 0;
  for (const Figure& figure : all) {
    out["figures"].push_back(to_json(figure));
    judged += figure.z.has_value() ? 1 : 0;
  }
  if (const Figure* worst = farthest(all)) {
    out["largest_z"] = to_json(*worst);
    out["largest_z"]["of"] = judged;
  }
  return out;
}

}  // namespace

Json inspect_dataset(const fs::path& folder) {
  const DatasetDocument dataset = read_dataset_document(folder);
  const DatasetHeader& header = dataset.header;
  const Vocabulary vocabulary(board_size(header.board));
  check_names(folder, dataset.source);

  std::vector<std::size_t> first_game;  // of each shard
  std::size_t games = 0;
  for (const DatasetShard& shard : dataset.shards) {
    first_game.push_back(games);
    std::error_code error;  // before memory is taken for games that are not there
    const auto size = fs::file_size(folder / shard.file, error);
    if (!error && size / static_cast<std::uint64_t>(vocabulary.max_moves()) < static_cast<std::uint64_t>(shard.games))
      fail("{}: it is too short for {} games", (folder / shard.file).string(), shard.games);
    if (error) read_file(folder / shard.file);  // says what is wrong
    games += static_cast<std::size_t>(shard.games);
  }
  GameStatistics statistics;
  std::vector<Fingerprint> fingerprints(games);
  std::vector<std::string> illegal(dataset.shards.size());
  const auto source = source_of(header);
  bool as_generated = true;
  std::mutex mutex;
  parallel_for(static_cast<int>(dataset.shards.size()), available_cores(), [&](int index, int) {
    const auto i = static_cast<std::size_t>(index);
    const DatasetShard& shard = dataset.shards[i];
    const ByteMatrix tokens = read_shard(folder, shard, vocabulary.max_moves());
    GameStatistics part;
    illegal[i] = count_games(tokens, vocabulary, folder / shard.file, part,
                             std::span(fingerprints).subspan(first_game[i], static_cast<std::size_t>(shard.games)));
    const bool played = !source || plays(*source, tokens, first_game[i], vocabulary);
    const std::lock_guard lock(mutex);
    statistics.add(part);
    as_generated = as_generated && played;
  });
  if (statistics.plies != header.plies)
    fail("{}: it counts {} plies, its shards hold {}", dataset_document_file(folder).string(), header.plies,
         statistics.plies);

  Json out{{"kind", "dataset"},
           {"board", header.board},
           {"player", header.player},
           {"seed", header.seed},
           {"games", header.games},
           {"plies", header.plies},
           {"skipped", header.skipped},
           {"unfinished", statistics.unfinished},
           {"duplicates", header.duplicates + repeats(fingerprints)},
           {"illegal", header.illegal + statistics.illegal},
           {"passes", statistics.passes()},
           {"shards", dataset.shards.size()}};
  if (source) out["as_generated"] = as_generated;
  const auto bad = std::find_if(illegal.begin(), illegal.end(), [](const auto& text) { return !text.empty(); });
  if (bad != illegal.end()) out["first_illegal"] = *bad;
  if (!dataset.source.is_null()) out["source"] = dataset.source;
  out.update(description(statistics, header));
  return out;
}

}  // namespace othello
