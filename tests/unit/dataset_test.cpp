// Dataset folders: what was written comes back, and what was damaged is never taken for data.
#include "common/files.h"
#include "common/npy.h"
#include "data/batch.h"
#include "data/dataset_files.h"
#include "data/games.h"
#include "data/generate.h"
#include "data/inspect.h"
#include "data/vocabulary.h"
#include "engine/notation.h"
#include "tests/support/files.h"
#include "tests/support/test.h"

using namespace othello;
using namespace othello::test;
namespace fs = std::filesystem;

namespace {

DatasetRequest request(int board, std::int64_t games, std::uint64_t seed = 5) {
  DatasetRequest out;
  out.board = board;
  out.games = games;
  out.seed = seed;
  return out;
}

GenerateSummary write(const fs::path& folder, const BoardSize& board, std::int64_t games) {
  return generate_dataset(folder, request(board.side, games), [](std::int64_t) {});
}

Json document(const fs::path& folder) { return parse_json(read_file(folder / "dataset.json"), "dataset.json"); }
void write_document(const fs::path& folder, const Json& json) { write_file(folder / "dataset.json", json.dump()); }

std::string problem(const fs::path& folder) {
  return error_of([&] { inspect_dataset(folder); });
}

/// Overwrites token `column` of game `row` in the first shard and its checksum, as a careful forger would.
void forge(const fs::path& folder, std::int64_t row, std::int64_t column, std::uint8_t token) {
  ByteMatrix matrix = read_npy(folder / "games-00000.npy");
  matrix.values[static_cast<std::size_t>(row * matrix.columns + column)] = token;
  write_file(folder / "games-00000.npy", npy_bytes(matrix));
  Json json = document(folder);
  json["shards"][0]["sha256"] = sha256(npy_bytes(matrix));
  write_document(folder, json);
}

}  // namespace

TEST_CASE("A dataset holds exactly the games of its seed in order") {
  for (const BoardSize& board : {kBoard8, kBoard6}) {
    const TemporaryFolder folder;
    const GenerateSummary summary = write(folder / "d", board, 300);
    const Vocabulary vocabulary(board);
    const GameSource source(board, 5, Purpose::training);
    const ByteMatrix tokens = read_npy(folder / "d" / "games-00000.npy");
    REQUIRE(tokens.rows == 300);
    REQUIRE(tokens.columns == vocabulary.max_moves());
    std::int64_t plies = 0, wrong = 0;
    for (std::int64_t i = 0; i < tokens.rows; ++i) {
      const Game game = source.game(static_cast<std::uint64_t>(i));
      plies += game.length;
      for (std::int64_t t = 0; t < tokens.columns; ++t)
        wrong += tokens.values[static_cast<std::size_t>(i * tokens.columns + t)] !=
                 (t < game.length ? vocabulary.token(game.squares[static_cast<std::size_t>(t)]) : kPadding);
    }
    CHECK(wrong == 0);
    CHECK(summary.games == 300);
    CHECK(summary.plies == plies);
  }
}

TEST_CASE("The games of a dataset are read as they were written, and an illegal one is refused by its number") {
  const TemporaryFolder folder;
  write(folder / "d", kBoard6, 30);
  const auto played = take_games(GameSource(kBoard6, 5, Purpose::training), 0, 30);
  CHECK(read_games(folder / "d", read_dataset_document(folder / "d"), 100) == played);
  CHECK(read_games(folder / "d", read_dataset_document(folder / "d"), 7) ==
        std::vector<Game>(played.begin(), played.begin() + 7));
  forge(folder / "d", 11, 0, 1);  // b2 is no first move
  const auto error = error_of([&] { read_games(folder / "d", read_dataset_document(folder / "d"), 100); });
  CHECK(contains(error, "game 11: move 1 (b2) is not legal"));
  CHECK(read_games(folder / "d", read_dataset_document(folder / "d"), 11).size() == 11);
}

TEST_CASE("Inspecting a dataset tells its board and seed and counts") {
  const TemporaryFolder folder;
  const GenerateSummary summary = write(folder / "d", kBoard8, 2000);
  CHECK(is_dataset(folder / "d"));
  CHECK_FALSE(is_dataset(folder.path()));
  const Json facts = inspect_dataset(folder / "d");
  CHECK(facts["kind"] == "dataset");
  CHECK(facts["board"] == 8);
  CHECK(facts["seed"] == 5);
  CHECK(facts["games"] == 2000);
  CHECK(facts["plies"] == summary.plies);
  for (const char* none : {"skipped", "unfinished", "illegal"}) CHECK(facts[none] == 0);
  CHECK(facts["passes"] > 500);
  CHECK(facts["results"]["games"] == 2000);
  CHECK(facts["openings"]["games"] == 2000);
  CHECK(facts["openings_up_to_symmetry"]["distinct"] == 61);
  CHECK(facts["largest_z"]["of"] > 60);
  std::int64_t games = 0, plies = 0;
  for (const auto& [length, number] : facts["lengths"].items()) {
    games += number.get<std::int64_t>();
    plies += number.get<std::int64_t>() * std::stoi(length);
  }
  CHECK(games == 2000);
  CHECK(plies == summary.plies);
}

TEST_CASE("A folder of two datasets and a file of games are no dataset and say what to name instead") {
  const TemporaryFolder folder;
  write(folder / "train", kBoard6, 5);
  CHECK(dataset_advice(folder.path()).empty());
  write(folder / "test", kBoard6, 5);
  const std::string path = folder.path();
  CHECK(problem(path) == path + " holds two datasets: " + path + "/train and " + path + "/test; name one of them");
  CHECK(dataset_advice(folder / "train").empty());
  CHECK(contains(problem(folder / "train" / "games-00000.npy"), "is a file of games"));
  CHECK(dataset_advice(folder / "train" / "dataset.json").empty());
  CHECK(dataset_advice(folder / "missing.pgn").empty());
}

TEST_CASE("Datasets of more than one shard are whole and each shard is reported") {
  const TemporaryFolder folder;
  std::vector<std::int64_t> reported;
  generate_dataset(folder / "d", request(6, 100001, 1), [&](std::int64_t done) { reported.push_back(done); });
  CHECK(reported == std::vector<std::int64_t>{100000, 100001});
  const ByteMatrix last = read_npy(folder / "d" / "games-00001.npy");
  CHECK(last.rows == 1);
  const Vocabulary vocabulary(kBoard6);
  const Game game = GameSource(kBoard6, 1, Purpose::training).game(100000);
  CHECK(last.values[0] == vocabulary.token(game.squares[0]));
  CHECK(last.values[5] == vocabulary.token(game.squares[5]));
  const Json facts = inspect_dataset(folder / "d");
  CHECK(facts["games"] == 100001);
  CHECK(facts["shards"] == 2);
  CHECK(facts["duplicates"] >= 0);
}

TEST_CASE("A dataset is the same bytes whenever it is written") {
  const TemporaryFolder folder;
  write(folder / "a", kBoard8, 5000);
  write(folder / "b", kBoard8, 5000);
  CHECK(document(folder / "a") == document(folder / "b"));
  CHECK(document(folder / "a")["shards"][0]["sha256"] ==
        "4bf93163fa723172b1aeac92be66eb7a4523d46d96b97a6bedb7f1a97941e13e");
}

TEST_CASE("A folder that holds anything is refused and stays as it was") {
  const TemporaryFolder folder;
  write_file(folder / "notes.txt", "mine");
  CHECK(contains(error_of([&] { write(folder.path(), kBoard8, 10); }), "not empty"));
  CHECK(contains(error_of([&] { write(folder / "notes.txt", kBoard8, 10); }), "a folder was expected"));
  CHECK(read_file(folder / "notes.txt") == "mine");
  CHECK(folder.entries() == 1);
  fs::create_directory(folder / "empty");
  write(folder / "empty", kBoard8, 10);
  CHECK(inspect_dataset(folder / "empty")["games"] == 10);
}

TEST_CASE("An altered or truncated or missing shard is found") {
  const TemporaryFolder folder;
  write(folder / "d", kBoard8, 100);
  const fs::path shard = folder / "d" / "games-00000.npy";
  const std::string bytes = read_file(shard);
  for (const std::size_t at : {std::size_t{0}, std::size_t{30}, std::size_t{127}, bytes.size() / 2, bytes.size() - 1}) {
    std::string altered = bytes;
    altered[at] = static_cast<char>(altered[at] ^ 1);
    write_file(shard, altered);
    CHECK(contains(problem(folder / "d"), "games-00000.npy"));
  }
  for (const std::size_t length : {std::size_t{0}, std::size_t{9}, std::size_t{100}, bytes.size() - 1}) {
    write_file(shard, bytes.substr(0, length));
    CHECK(contains(problem(folder / "d"), "games-00000.npy"));
  }
  fs::remove(shard);
  CHECK(contains(problem(folder / "d"), "games-00000.npy: no such file"));
  write_file(shard, bytes);
  CHECK(problem(folder / "d").empty());
}

TEST_CASE("A token that is no move is refused with its file and game") {
  const TemporaryFolder folder;
  write(folder / "d", kBoard6, 100);
  forge(folder / "d", 7, 3, 33);
  CHECK(contains(problem(folder / "d"), "games-00000.npy: game 7: token 33 is not between 0 and 32"));
  forge(folder / "d", 7, 3, 0);
  CHECK(contains(problem(folder / "d"), "game 7: a move follows the padding"));
}

TEST_CASE("Illegal and unfinished games and duplicates are counted") {
  const TemporaryFolder folder;
  const Vocabulary vocabulary(kBoard8);
  write(folder / "d", kBoard8, 4);
  const std::vector texts{"f5d6c3", "F5 d6 c3", "f5", "d3c3b3d2e1d6d7e3f4"};
  ByteMatrix tokens{.rows = 5, .columns = 60, .values = std::vector<std::uint8_t>(300)};
  std::int64_t plies = 1;
  for (std::size_t g = 0; g < texts.size(); ++g) {
    const Game game = parse_game(texts[g], kBoard8);
    for (std::size_t t = 0; t < game.length; ++t) tokens.values[g * 60 + t] = vocabulary.token(game.squares[t]);
    plies += game.length;
  }
  tokens.values[4 * 60] = 1;  // a1 as the first move
  write_file(folder / "d" / "games-00000.npy", npy_bytes(tokens));
  Json json = document(folder / "d");
  json["games"] = json["shards"][0]["games"] = 5;
  json["plies"] = plies;
  json["shards"][0]["sha256"] = sha256(npy_bytes(tokens));
  write_document(folder / "d", json);
  const Json facts = inspect_dataset(folder / "d");
  CHECK(facts["duplicates"] == 1);
  CHECK(facts["unfinished"] == 3);
  CHECK(facts["illegal"] == 1);
  CHECK(facts["first_illegal"] == "games-00000.npy, game 4: move 1 (a1) is not legal");
  CHECK(facts["lengths"].dump() == R"({"1":2,"3":2,"9":1})");
}

TEST_CASE("The names of an imported dataset's games are verified") {
  const TemporaryFolder folder;
  write(folder / "d", kBoard8, 20);
  write_file(folder / "d" / "games.tsv", "game\tblack\n");
  Json json = document(folder / "d");
  json["player"] = "imported";
  json["source"] = {{"files", {"a.wtb"}}, {"games.tsv", sha256("game\tblack\n")}};
  write_document(folder / "d", json);
  const Json facts = inspect_dataset(folder / "d");
  CHECK(facts["source"] == json["source"]);
  CHECK_FALSE(facts.contains("largest_z"));  // nobody says that these games are uniform
  write_file(folder / "d" / "games.tsv", "game\twhite\n");
  CHECK(contains(problem(folder / "d"), "games.tsv: its checksum is not the one in dataset.json"));
  fs::remove(folder / "d" / "games.tsv");
  CHECK(contains(problem(folder / "d"), "games.tsv: no such file"));
}

TEST_CASE("A dataset document that does not fit its shards is refused") {
  const TemporaryFolder folder;
  write(folder / "d", kBoard8, 20);
  const Json good = document(folder / "d");
  const auto problem_with = [&](const std::string& path, const Json& value) {
    Json bad = good;
    bad[Json::json_pointer(path)] = value;
    write_document(folder / "d", bad);
    return problem(folder / "d");
  };
  CHECK(contains(problem_with("/games", 21), "it counts 21 games, its shards 20"));
  CHECK(contains(problem_with("/games", -1), "'games'"));
  CHECK(contains(problem_with("/plies", 3), "it counts 3 plies"));
  CHECK(contains(problem_with("/board", 6), "expected [20, 32] tokens"));
  CHECK(contains(problem_with("/board", 7), "7×7"));
  CHECK(contains(problem_with("/schema", "othello-gpt/dataset/9"), "schema"));
  CHECK(contains(problem_with("/shards/0/file", "../games-00000.npy"), "must be called games-00000.npy"));
  CHECK(contains(problem_with("/shards/0/games", "20"), "shards.games"));
  CHECK(contains(problem_with("/shards/0/sha256", ""), "checksum"));
  CHECK(contains(problem_with("/shards", "none"), "expected an object with 'shards'"));
  CHECK(contains(problem_with("/colour", 1), "unknown"));
  for (const char* key : {"schema", "board", "games", "shards"}) {
    Json bad = good;
    bad.erase(key);
    write_document(folder / "d", bad);
    CHECK(contains(problem(folder / "d"), "dataset.json"));
  }
  write_file(folder / "d" / "dataset.json", good.dump().substr(0, 40));
  CHECK(contains(problem(folder / "d"), "dataset.json: not valid JSON"));
}

TEST_CASE("A dataset that holds other games than its player and seed give says so") {
  const TemporaryFolder folder;
  write(folder / "d", kBoard8, 20);
  CHECK(inspect_dataset(folder / "d")["as_generated"] == true);
  Json json = document(folder / "d");
  json["seed"] = 6;
  write_document(folder / "d", json);
  CHECK(inspect_dataset(folder / "d")["as_generated"] == false);
  json["player"] = "restricted:nowhere.txt@0123456789ab";
  write_document(folder / "d", json);
  CHECK_FALSE(inspect_dataset(folder / "d").contains("as_generated"));
}
