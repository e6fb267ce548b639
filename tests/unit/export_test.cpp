// Exported games: other programs read what was in the dataset, and importing it again gives the same games.
#include "data/export.h"

#include <array>

#include "common/files.h"
#include "common/npy.h"
#include "data/dataset_files.h"
#include "data/generate.h"
#include "data/import.h"
#include "engine/notation.h"
#include "tests/support/files.h"
#include "tests/support/test.h"

using namespace othello;
using namespace othello::test;
namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kAll = 1'000'000;

ImportSummary import_file(const fs::path& file, const fs::path& out, const std::string& format,
                          const BoardSize& board = kBoard8) {
  ImportOptions options;
  options.files = {file};
  options.format = format;
  options.sieve.board = board;
  options.sieve.dedup = Dedup::none;
  return import_games(options, out, [](std::size_t, std::int64_t) {});
}

void generate(const fs::path& folder, const BoardSize& board, std::int64_t games) {
  DatasetRequest request;
  request.board = board.side;
  request.games = games;
  generate_dataset(folder, request, [](std::int64_t) {});
}

/// A dataset of the games in `text`, one a line.
void make_dataset(const TemporaryFolder& folder, const std::string& text) {
  write_file(folder / "source.txt", text);
  import_file(folder / "source.txt", folder / "d", "transcript");
}

}  // namespace

TEST_CASE("Every export format comes back as the same games") {
  const TemporaryFolder folder;
  generate(folder / "d", kBoard8, 500);
  for (const std::string& format : export_names()) {
    CHECK(export_games(folder / "d", format, folder / format, kAll) == 500);
    const auto counts = import_file(folder / format, folder / (format + "-back"), format).counts;
    CHECK(counts.games == 500);
    CHECK((read_file(folder / (format + "-back") / "games-00000.npy") == read_file(folder / "d" / "games-00000.npy")));
  }
}

TEST_CASE("The small board can be exported where the format knows it") {
  const TemporaryFolder folder;
  generate(folder / "d", kBoard6, 100);
  for (const std::string& format : export_names()) {
    if (format == "tokens" || format == "transcript") {
      export_games(folder / "d", format, folder / format, kAll);
      import_file(folder / format, folder / (format + "-back"), format, kBoard6);
      CHECK(
          (read_file(folder / (format + "-back") / "games-00000.npy") == read_file(folder / "d" / "games-00000.npy")));
    } else {
      CHECK(contains(error_of([&] { export_games(folder / "d", format, folder / format, kAll); }), "8×8 only"));
      CHECK_FALSE(fs::exists(folder / format));
    }
  }
}

TEST_CASE("Exported integers are the published ones with their padding") {
  const TemporaryFolder folder;
  make_dataset(folder, "f5d6c3d3c4\nf5\n");
  const auto rows = [&](const std::string& format) {
    export_games(folder / "d", format, folder / "x.npy", kAll);
    const std::string bytes = read_file(folder / "x.npy");
    const IntegerArray array = parse_integer_npy(bytes, "x.npy");
    CHECK(array.rows == 2);
    CHECK(array.columns == 60);
    std::vector<std::int64_t> values;
    for (const std::int64_t row : {0, 1})
      for (std::int64_t column = 0; column < 6; ++column) values.push_back(array.at(row, column));
    values.push_back(array.at(1, 59));
    return std::pair(bytes.substr(10, 20), values);
  };
  using Values = std::vector<std::int64_t>;
  CHECK(rows("published-squares") ==
        std::pair<std::string, Values>("{'descr': '<i2', 'fo",
                                       {44, 29, 18, 26, 19, -100, 44, -100, -100, -100, -100, -100, -100}));
  CHECK(rows("published-tokens") ==
        std::pair<std::string, Values>("{'descr': '|u1', 'fo", {41, 28, 19, 27, 20, 0, 41, 0, 0, 0, 0, 0, 0}));
  CHECK(rows("tokens").second == Values{34, 40, 19, 20, 27, 0, 34, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("Exported PGN has names where they are known and the result of the final position") {
  const TemporaryFolder folder;
  write_file(folder / "g.pgn",
             "[Event \"The \\\"Cup\\\"\"]\n[Black \"Andr\xe9\"]\n1. f5 d6 c3\n\n1. d3c3b3d2e1d6d7e3f4\n");
  import_file(folder / "g.pgn", folder / "d", "pgn");
  CHECK(export_games(folder / "d", "pgn", folder / "out.pgn", kAll) == 2);
  CHECK(read_file(folder / "out.pgn") ==
        "[Event \"The \\\"Cup\\\"\"]\n[Black \"Andr\xc3\xa9\"]\n[Result \"*\"]\n1. f5 d6\n2. c3 *\n\n"
        "[Result \"13-0\"]\n1. d3 c3\n2. b3 d2\n3. e1 d6\n4. d7 e3\n5. f4 13-0\n\n");
  const auto summary = import_file(folder / "out.pgn", folder / "back", "pgn");
  CHECK(summary.counts.games == 2);
  CHECK(contains(read_file(folder / "back" / "games.tsv"), "out.pgn\t1\tThe \"Cup\"\t\tAndr\xc3\xa9\t\t\n"));
  write_file(folder / "d" / "games.tsv", "altered");
  CHECK(contains(error_of([&] { export_games(folder / "d", "pgn", folder / "x", kAll); }), "games.tsv: its checksum"));
}

TEST_CASE("Only the first games are exported if so asked, and transcripts are lines") {
  const TemporaryFolder folder;
  make_dataset(folder, "f5d6c3\nf5\nc4c3\n");
  CHECK(export_games(folder / "d", "transcript", folder / "x.txt", 2) == 2);
  CHECK(read_file(folder / "x.txt") == "f5d6c3\nf5\n");
  CHECK(export_games(folder / "d", "tokens", folder / "x.npy", 1) == 1);
  CHECK(read_npy(folder / "x.npy").rows == 1);
  CHECK(contains(error_of([&] { export_games(folder / "none", "tokens", folder / "y", kAll); }), "dataset.json"));
}
