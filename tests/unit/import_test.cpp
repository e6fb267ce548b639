// Importing games: nothing wrong gets in, nothing is lost without being told, no game is in train and test.
#include "data/import.h"

#include <algorithm>
#include <set>

#include "common/files.h"
#include "common/npy.h"
#include "data/dataset_files.h"
#include "data/formats/format.h"
#include "data/games.h"
#include "data/inspect.h"
#include "data/labels.h"
#include "data/symmetry.h"
#include "engine/notation.h"
#include "tests/support/files.h"
#include "tests/support/records.h"
#include "tests/support/test.h"

using namespace othello;
using namespace othello::test;
namespace fs = std::filesystem;

namespace {

const std::string kWipedOut = "d3c3b3d2e1d6d7e3f4";  // over after 9 moves

using Files = std::vector<std::pair<std::string, std::string>>;  // names and bytes

/// Imports `files` of a new folder to its subfolder "out".
struct Importing {
  TemporaryFolder folder;
  ImportOptions options;

  explicit Importing(const Files& files) {
    for (const auto& [name, bytes] : files) {
      write_file(folder / name, bytes);
      options.files.push_back(folder / name);
    }
  }
  ImportSummary run() {
    return import_games(options, out(), [](std::size_t, std::int64_t) {});
  }
  std::string failure() {
    const std::string sentence = error_of([&] { run(); });
    CHECK_FALSE(fs::exists(out()));
    return sentence;
  }
  fs::path out() const { return folder / "out"; }
};

std::vector<std::string> games_of(const fs::path& dataset) {
  std::vector<std::string> games;
  const DatasetDocument document = read_dataset_document(dataset);
  const Vocabulary vocabulary(board_size(document.header.board));
  for (const DatasetShard& shard : document.shards) {
    const ByteMatrix tokens = read_shard(dataset, shard, vocabulary.max_moves());
    for (std::int64_t i = 0; i < tokens.rows; ++i)
      games.push_back(game_text(from_tokens(
          std::span(tokens.values)
              .subspan(static_cast<std::size_t>(i * tokens.columns), static_cast<std::size_t>(tokens.columns)),
          vocabulary)));
  }
  return games;
}

/// `count` random games, one a line.
std::string random_transcripts(std::uint64_t count, const BoardSize& board = kBoard8) {
  const GameSource source(board, 11, Purpose::training);
  std::string text;
  for (std::uint64_t i = 0; i < count; ++i) text += game_text(source.game(i)) + "\n";
  return text;
}

using Moves = std::vector<std::string>;

}  // namespace

TEST_CASE("Imported games are a dataset with their players and with what they were read from") {
  const std::string wtb =
      wthor_header(2) + wthor_game(parse_game("f5d6c3", kBoard8)) + wthor_game(parse_game(kWipedOut, kBoard8), 1, 64);
  Importing import(Files{{"a.wtb", wtb},
                         {"WTHOR.JOU", wthor_names({"-", "Anna\t", "Andr\xe9"}, 20)},
                         {"WTHOR.TRN", wthor_names({"Cup"}, 26)},
                         {"b.pgn", "[Event \"Liga\"]\n[Date \"2001.2.3\"]\n[Black \"G\xc3\xa5rd\"]\n1. c4 c3\n"}});
  const ImportSummary summary = import.run();
  CHECK(summary.counts.games == 3);
  CHECK(summary.counts.records == 3);
  CHECK(summary.counts.unfinished == 2);
  CHECK(summary.counts.skipped == 0);
  CHECK(summary.problems.empty());
  CHECK(games_of(import.out()) == Moves{"f5d6c3", kWipedOut, "c4c3"});
  CHECK(read_file(import.out() / "games.tsv") ==
        "file\tgame\tevent\tdate\tblack\twhite\tblack_discs\n"
        "a.wtb\t1\tCup\t2012\tAnna \tAndr\xc3\xa9\t32\n"
        "a.wtb\t2\t\t2012\tAndr\xc3\xa9\t\t64\n"
        "b.pgn\t1\tLiga\t2001.2.3\tG\xc3\xa5rd\t\t\n");
  const DatasetDocument document = read_dataset_document(import.out());
  CHECK(document.header.player == "imported");
  CHECK(document.header.plies == 14);
  CHECK(document.source["games.tsv"] == sha256(read_file(import.out() / "games.tsv")));
  CHECK(document.source["files"][0].dump() ==
        R"({"file":"a.wtb","sha256":")" + sha256(wtb) + R"(","format":"wthor","records":2})");
  CHECK(document.source["dedup"] == "exact");
  const Json facts = inspect_dataset(import.out());
  CHECK(facts["games"] == 3);
  CHECK(facts["unfinished"] == 2);
  CHECK(facts["illegal"] == 0);
}

TEST_CASE("Names of players are found beside the games and may be given") {
  const std::string wtb = wthor_header(1) + wthor_game(parse_game("f5", kBoard8));
  const auto black = [](Importing& import) {
    import.run();
    return contains(read_file(import.out() / "games.tsv"), "\tBeside\t");
  };
  Importing beside(Files{{"a.wtb", wtb}, {"wthor.jou", wthor_names({"", "Beside"}, 20)}});
  beside.options.files.pop_back();
  CHECK(black(beside));
  Importing given(
      {{"a.wtb", wtb}, {"other.JOU", wthor_names({"", "Given"}, 20)}, {"WTHOR.JOU", wthor_names({"", "Beside"}, 20)}});
  given.options.files.pop_back();
  CHECK_FALSE(black(given));
  CHECK(contains(read_file(given.out() / "games.tsv"), "\tGiven\t"));
  Importing undecided(
      {{"a.wtb", wtb}, {"x.JOU", wthor_names({"", "Beside"}, 20)}, {"y.JOU", wthor_names({"", "Beside"}, 20)}});
  undecided.options.files.resize(1);
  CHECK_FALSE(black(undecided));
}

TEST_CASE("Games that the rules forbid are left out, counted, and told with file, game, place and move") {
  Importing import(Files{{"g.txt", "f5d6c3\nf5d6a1d3\n" + kWipedOut + "a1\nf5--d6\nf5d6\nf5x\n"}});
  const ImportSummary summary = import.run();
  CHECK(summary.counts.records == 6);
  CHECK(summary.counts.games == 2);
  CHECK(summary.counts.skipped == 4);
  CHECK(summary.counts.illegal == 3);
  CHECK(summary.problems == Moves{"g.txt, game 2, line 2: move 3 (a1) is not legal",
                                  "g.txt, game 3, line 3: move 10 (a1) comes after the end of the game",
                                  "g.txt, game 4, line 4: a pass is written after move 1, where there is a legal move",
                                  "g.txt, game 6, line 6: column 3: 'x' is no square"});
  CHECK(games_of(import.out()) == Moves{"f5d6c3", "f5d6"});
  const DatasetDocument document = read_dataset_document(import.out());
  CHECK(document.header.skipped == 4);
  CHECK(document.header.illegal == 3);
}

TEST_CASE("Strict fails on the first problem and leaves no folder") {
  Importing import(Files{{"g.txt", "f5d6c3\nf5d6a1d3\nf5x\n"}});
  import.options.sieve.strict = true;
  CHECK(import.failure() == "g.txt, game 2, line 2: move 3 (a1) is not legal");
  Importing header(Files{{"a.wtb", wthor_header(2) + wthor_game(parse_game("f5", kBoard8))}});
  header.options.sieve.strict = true;
  CHECK(header.failure() == "a.wtb: its header promises 2 games; 1 whole ones follow");
  header.options.sieve.strict = false;
  CHECK(header.run().problems == Moves{"a.wtb: its header promises 2 games; 1 whole ones follow"});
  CHECK(contains(read_file(header.out() / "dataset.json"), "promises 2 games"));
  Importing passes(Files{{"g.ggf", "(;GM[Othello]B[f5]B[c4];)(;GM[Othello]B[f5]W[d6];)"}});
  CHECK(contains(passes.run().problems.at(0), "g.ggf, game 1, line 1: move 2 (c4) is not legal"));
}

TEST_CASE("Passes where the rules demand them are accepted and a GGF game that leaves one out is not") {
  const GameSource source(kBoard8, 4, Purpose::training);
  std::string transcripts, pgn, ggf, wrong;
  int games = 0;
  for (std::uint64_t i = 0; games < 50; ++i) {
    const Game game = source.game(i);
    const auto facts = replay(kBoard8, game.moves());
    if (std::none_of(facts.begin(), facts.end(), [](const PlyFacts& ply) { return ply.pass_before_next; })) continue;
    ++games;
    std::string written, moves, all, alternating;
    Color mover = Color::black;
    for (std::size_t t = 0; t < game.length; ++t) {
      const std::string name = square_name(game.squares[t]);
      written += name + (facts[t].pass_before_next ? "--" : "");
      moves += name + (facts[t].pass_before_next ? " pass " : " ");
      all += (mover == Color::black ? "B[" : "W[") + name + "/1.5]";
      alternating += (t % 2 == 0 ? "B[" : "W[") + name + "]";
      if (facts[t].pass_before_next && i % 2 == 0) all += mover == Color::black ? "W[PA]" : "B[pa]";
      mover = facts[t].pass_before_next ? mover : other(mover);
    }
    transcripts += written + "\n";
    pgn += "[Event \"\"]\n" + moves + "\n";
    ggf += "(;GM[Othello]" + all + ";)\n";
    wrong += "(;GM[Othello]" + alternating + ";)\n";
  }
  Importing import(Files{{"a.txt", transcripts}, {"b.pgn", pgn}, {"c.ggf", ggf}, {"d.ggf", wrong}});
  import.options.sieve.dedup = Dedup::none;
  const ImportSummary summary = import.run();
  CHECK(summary.counts.games == 150);
  CHECK(summary.files[3].counts.illegal == 50);
  CHECK(summary.counts.unfinished == 0);
}

TEST_CASE("Duplicates are found across files as --dedup says") {
  const Game game = parse_game("f5d6c3", kBoard8);
  const std::string text = "f5d6c3\nf5d6\n" + game_text(image(2, game)) + "\n";
  const Files files{{"a.wtb", wthor_header(2) + wthor_game(game) + wthor_game(image(1, game))}, {"b.txt", text}};
  const auto counts = [&](Dedup dedup) {
    Importing import(files);
    import.options.sieve.dedup = dedup;
    const SieveCounts result = import.run().counts;
    CHECK(result.records == result.games + result.duplicates + result.skipped);
    CHECK(read_dataset_document(import.out()).header.duplicates == result.duplicates);
    return std::pair(result.games, games_of(import.out()));
  };
  const std::string mirrored = game_text(image(1, game)), turned = game_text(image(2, game));
  CHECK(counts(Dedup::none) == std::pair<std::int64_t, Moves>(5, {"f5d6c3", mirrored, "f5d6c3", "f5d6", turned}));
  CHECK(counts(Dedup::exact) == std::pair<std::int64_t, Moves>(4, {"f5d6c3", mirrored, "f5d6", turned}));
  CHECK(counts(Dedup::symmetric) == std::pair<std::int64_t, Moves>(2, {"f5d6c3", "f5d6"}));
}

TEST_CASE("No game nor its mirror image is in train of one import and in test of another") {
  const GameSource source(kBoard8, 6, Purpose::training);
  std::string first, second;
  for (std::uint64_t i = 0; i < 400; ++i) {
    first += game_text(source.game(i)) + "\n";
    second =
        game_text(image(static_cast<int>(i % 4), source.game(i))) + "\n" + second + game_text(source.game(i)) + "\n";
  }
  std::set<std::string> train, test;
  const auto gather = [&](const std::string& text, Dedup dedup) {
    Importing import(Files{{"g.txt", text + "f5a1\n"}});
    import.options.sieve.dedup = dedup;
    import.options.sieve.test = 0.25;
    const SieveCounts counts = import.run().counts;
    std::int64_t games = 0, duplicates = 0;
    for (const char* part : {"train", "test"}) {
      const DatasetHeader header = read_dataset_document(import.out() / part).header;
      games += header.games;
      duplicates += header.duplicates;
      CHECK(header.skipped == (std::string(part) == "train" ? 1 : 0));
      CHECK(inspect_dataset(import.out() / part)["games"] == header.games);
      for (const std::string& game : games_of(import.out() / part))
        (std::string(part) == "train" ? train : test).insert(game_text(canonical(parse_game(game, kBoard8))));
    }
    CHECK(games == counts.games);
    CHECK(duplicates == counts.duplicates);
  };
  gather(first, Dedup::exact);
  gather(second, Dedup::none);
  gather(second, Dedup::symmetric);
  CHECK(train.size() + test.size() == 400);
  for (const std::string& game : test) CHECK(train.count(game) == 0);
  CHECK(test.size() > 60);
  CHECK(test.size() < 140);
}

TEST_CASE("Games of several shards and of both boards come in their order") {
  for (const BoardSize& board : {kBoard8, kBoard6}) {
    const std::uint64_t count = board == kBoard6 ? 100500 : 1000;
    const std::string text = random_transcripts(count, board);
    Importing import(Files{{"g.txt", text}});
    import.options.sieve.board = board;
    import.options.sieve.dedup = Dedup::none;
    CHECK(import.run().counts.games == static_cast<std::int64_t>(count));
    std::string again;
    for (const std::string& game : games_of(import.out())) again += game + "\n";
    CHECK((again == text));
  }
  Importing wrong(Files{{"a.wtb", wthor_header(1) + wthor_game(parse_game("f5", kBoard8))}});
  wrong.options.sieve.board = kBoard6;
  CHECK(contains(wrong.failure(), "8×8 only"));
}

TEST_CASE("What is no file of games is refused with a sentence and leaves no folder") {
  std::string noise;
  for (std::uint32_t i = 0; i < 1000; ++i) noise += static_cast<char>(Stream(1).draw(i, 0) >> 24);
  for (const std::string& format : format_names())
    for (const std::string& bytes : {std::string(), noise, std::string(1000, '\0')}) {
      Importing import(Files{{"g.bin", bytes}});
      import.options.format = format;
      CHECK(contains(import.failure(), bytes.empty() ? "g.bin" : ""));
    }
  Importing unknown(Files{{"g.bin", noise}});
  CHECK(contains(unknown.failure(), "--format"));
  Importing promise(Files{{"g.wtb", wthor_header(0x80000000) + wthor_game(parse_game("f5", kBoard8))}});
  CHECK(contains(promise.failure(), "promises 2147483648 games"));
  Importing missing(Files{});
  missing.options.files = {missing.folder / "none.pgn"};
  CHECK(contains(missing.failure(), "no such file"));
  missing.options.files = {missing.folder.path()};
  CHECK(contains(missing.failure(), "is a folder"));
  Importing names(Files{{"WTHOR.JOU", wthor_names({"Anna"}, 20)}});
  CHECK(contains(names.failure(), "0 records"));
  Importing few(Files{{"g.txt", "f5\n"}});
  few.options.sieve.test = 0.5;
  CHECK(contains(few.failure(), "too few"));
}

TEST_CASE("An import that is stopped leaves nothing and a folder in use is refused") {
  Importing import(Files{{"g.txt", random_transcripts(10)}});
  const auto stop = [](std::size_t, std::int64_t) { fail("stopped"); };
  CHECK(error_of([&] { import_games(import.options, import.out(), stop); }) == "stopped");
  CHECK(import.folder.entries() == 1);
  CHECK(contains(error_of([&] { import_games(import.options, import.folder.path(), stop); }), "not empty"));
}
