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

/// Games of a dataset in their order, in parts of a shard: `visit(games, index of the first)`.
template <class Visit>
void for_each_part(const fs::path& folder, const DatasetDocument& document, std::int64_t limit, const Visit& visit) {
  const Vocabulary vocabulary(board_size(document.header.board));
  std::int64_t first = 0;
  for (const DatasetShard& shard : document.shards) {
    if (first >= limit) return;
    const ByteMatrix tokens = read_shard(folder, shard, vocabulary.max_moves());
    std::vector<Game> games;
    for (std::int64_t i = 0; i < std::min(tokens.rows, limit - first); ++i)
      games.push_back(from_tokens(tokens, i, vocabulary));
    visit(std::span<const Game>(games), first);
    first += tokens.rows;
  }
}

/// Each game in `columns` integers of one byte, or of two (little-endian).
std::string integers(std::span<const Game> games, const IntegerCode& code, std::size_t columns, bool two_bytes) {
  std::string bytes;
  const auto append = [&](int value) {
    bytes += static_cast<char>(value & 0xff);
    if (two_bytes) bytes += static_cast<char>(value >> 8 & 0xff);
  };
  for (const Game& game : games)
    for (std::size_t t = 0; t < columns; ++t)
      append(static_cast<int>(t < game.length ? code.value(game.squares[t]) : code.padding()));
  return bytes;
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

/// games.tsv of an imported dataset, checked; "" if there is none.
std::string read_table(const fs::path& folder, const DatasetDocument& document) {
  if (!document.source.is_object() || !document.source.contains(kGamesTable)) return {};
  const fs::path file = folder / kGamesTable;
  std::string table = read_file(file);
  if (sha256(table) != document.source.at(kGamesTable))
    fail("{}: its checksum is not the one in dataset.json: it was altered", file.string());
  return table;
}

std::string pgn_of(const Game& game, const GameDetails& details) {
  std::string text;
  const std::string result = result_of(game);
  append_tag(text, "Event", details.event);
  append_tag(text, "Date", details.date);
  append_tag(text, "Black", details.black);
  append_tag(text, "White", details.white);
  append_tag(text, "Result", result);
  for (std::size_t t = 0; t < game.length; ++t) {
    if (t % 2 == 0) text += fmt::format("{}. ", t / 2 + 1);
    text += square_name(game.squares[t]);
    text += t % 2 == 1 && t + 1 < game.length ? '\n' : ' ';
  }
  return text + result + "\n\n";
}

void export_pgn(const fs::path& folder, const DatasetDocument& document, std::int64_t limit, FileWriter& out) {
  if (document.header.board != 8) fail("PGN has games of 8×8 only; take tokens or transcript for this dataset of 6×6");
  const std::string table = read_table(folder, document);
  std::vector<GameDetails> details;  // of every game, or none
  if (!table.empty()) details = parse_games_table(table, (folder / kGamesTable).string(), document.header.games);
  for_each_part(folder, document, limit, [&](std::span<const Game> games, std::int64_t first) {
    std::string text;
    for (std::size_t i = 0; i < games.size(); ++i) {
      const std::size_t index = static_cast<std::size_t>(first) + i;
      try {
        text += pgn_of(games[i], details.empty() ? GameDetails{} : details[index]);
      } catch (const Error& error) {
        fail("{}: game {}: {}", folder.string(), index, error.what());
      }
    }
    out.append(text);
  });
}

void export_integers(const fs::path& folder, const DatasetDocument& document, const std::string& format,
                     std::int64_t games, FileWriter& out) {
  const Vocabulary vocabulary(board_size(document.header.board));
  const IntegerCode code(format == "tokens"              ? Numbering::tokens
                         : format == "published-squares" ? Numbering::published_squares
                                                         : Numbering::published_tokens,
                         vocabulary);
  const bool two_bytes = code.padding() < 0;  // −100
  out.append(npy_header(games, vocabulary.max_moves(), two_bytes ? "<i2" : "|u1"));
  for_each_part(folder, document, games, [&](std::span<const Game> part, std::int64_t) {
    out.append(integers(part, code, static_cast<std::size_t>(vocabulary.max_moves()), two_bytes));
  });
}

}  // namespace

const std::vector<std::string>& export_names() {
  static const std::vector<std::string> kNames{"tokens", "published-squares", "published-tokens", "transcript", "pgn"};
  return kNames;
}

std::int64_t export_games(const fs::path& dataset, const std::string& format, const fs::path& file,
                          std::int64_t limit) {
  const DatasetDocument document = read_dataset_document(dataset);
  const std::int64_t games = std::min(limit, document.header.games);
  if (file.has_parent_path()) make_folder(file.parent_path());
  FileWriter out(file);
  if (format == "pgn") export_pgn(dataset, document, games, out);
  else if (format == "transcript")
    for_each_part(dataset, document, games,
                  [&](std::span<const Game> part, std::int64_t) { out.append(transcripts(part)); });
  else export_integers(dataset, document, format, games, out);
  out.finish();
  return games;
}

}  // namespace othello
