#include "data/export.h"

#include <algorithm>

#include "common/error.h"
#include "common/files.h"
#include "common/npy.h"
#include "data/dataset_files.h"
#include "data/formats/integers.h"
#include "data/games_table.h"
#include "data/labels.h"
#include "engine/notation.h"

namespace fs = std::filesystem;

namespace othello {
namespace {

struct Games {
  DatasetDocument document;
  std::vector<Game> games;
};

Games read_games(const fs::path& folder, std::int64_t limit) {
  Games result;
  result.document = read_dataset_document(folder);
  const Vocabulary vocabulary(board_size(result.document.header.board));
  const auto columns = static_cast<std::size_t>(vocabulary.max_moves());
  for (const DatasetShard& shard : result.document.shards) {
    if (static_cast<std::int64_t>(result.games.size()) == limit) break;
    const ByteMatrix tokens = read_shard(folder, shard, vocabulary.max_moves());
    for (std::int64_t i = 0; i < tokens.rows && static_cast<std::int64_t>(result.games.size()) < limit; ++i)
      result.games.push_back(
          from_tokens(std::span(tokens.values).subspan(static_cast<std::size_t>(i) * columns, columns), vocabulary));
  }
  return result;
}

/// Each game in `columns` integers.
template <class Integer>
std::vector<Integer> integers(std::span<const Game> games, const IntegerCode& code, std::size_t columns) {
  std::vector<Integer> values(games.size() * columns, static_cast<Integer>(code.padding()));
  for (std::size_t i = 0; i < games.size(); ++i)
    for (std::size_t t = 0; t < games[i].length; ++t)
      values[i * columns + t] = static_cast<Integer>(code.value(games[i].squares[t]));
  return values;
}

std::string integer_bytes(std::span<const Game> games, const std::string& format, const Vocabulary& vocabulary) {
  const auto columns = static_cast<std::size_t>(vocabulary.max_moves());
  if (format == "published-squares") {
    const IntegerCode code(Numbering::published_squares, vocabulary);
    return npy_bytes_int16(integers<std::int16_t>(games, code, columns), vocabulary.max_moves());
  }
  const IntegerCode code(format == "tokens" ? Numbering::tokens : Numbering::published_tokens, vocabulary);
  return npy_bytes({.rows = static_cast<std::int64_t>(games.size()),
                    .columns = vocabulary.max_moves(),
                    .values = integers<std::uint8_t>(games, code, columns)});
}

std::string transcripts(std::span<const Game> games) {
  std::string text;
  for (const Game& game : games) text += game_text(game) + '\n';
  return text;
}

void append_tag(std::string& text, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  text += fmt::format("[{} \"", name);
  for (const char c : value) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  text += "\"]\n";
}

/// "34-30" by the discs of the final position, "*" for an unfinished game.
std::string result_of(const Game& game) {
  const PlyFacts last = replay(kBoard8, game.moves()).back();
  if (!last.over()) return "*";
  return fmt::format("{}-{}", count(last.after.black()), count(last.after.white()));
}

std::string pgn(const fs::path& folder, const Games& games) {
  std::string table;
  std::vector<GameDetails> details(games.games.size());
  const fs::path file = folder / kGamesTable;
  if (games.document.source.is_object() && games.document.source.contains(kGamesTable)) {
    table = read_file(file);
    if (sha256(table) != games.document.source.at(kGamesTable))
      fail("{}: its checksum is not the one in dataset.json: it was altered", file.string());
    details = parse_games_table(table, file.string(), games.document.header.games);
  }
  std::string text;
  for (std::size_t i = 0; i < games.games.size(); ++i) {
    const Game& game = games.games[i];
    std::string result;
    try {
      result = result_of(game);
    } catch (const Error& error) {
      fail("{}: game {}: {}", folder.string(), i, error.what());
    }
    append_tag(text, "Event", details[i].event);
    append_tag(text, "Date", details[i].date);
    append_tag(text, "Black", details[i].black);
    append_tag(text, "White", details[i].white);
    append_tag(text, "Result", result);
    for (std::size_t t = 0; t < game.length; ++t) {
      if (t % 2 == 0) text += fmt::format("{}. ", t / 2 + 1);
      text += square_name(game.squares[t]);
      text += t % 2 == 1 && t + 1 < game.length ? '\n' : ' ';
    }
    text += result + "\n\n";
  }
  return text;
}

}  // namespace

const std::vector<std::string>& export_names() {
  static const std::vector<std::string> kNames{"tokens", "published-squares", "published-tokens", "transcript", "pgn"};
  return kNames;
}

std::int64_t export_games(const fs::path& dataset, const std::string& format, const fs::path& file,
                          std::int64_t limit) {
  const Games games = read_games(dataset, limit);
  const Vocabulary vocabulary(board_size(games.document.header.board));
  if (format == "pgn" && vocabulary.board() != kBoard8)
    fail("PGN has games of 8×8 only; take tokens or transcript for this dataset of 6×6");
  if (file.has_parent_path()) make_folder(file.parent_path());
  if (format == "transcript") write_file(file, transcripts(games.games));
  else if (format == "pgn") write_file(file, pgn(dataset, games));
  else write_file(file, integer_bytes(games.games, format, vocabulary));
  return static_cast<std::int64_t>(games.games.size());
}

}  // namespace othello
