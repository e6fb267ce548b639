// Generating a dataset in steps: whatever ends it, no game is lost, wrong or repeated, and no other folder is touched.
#include "data/generate.h"

#include "common/files.h"
#include "common/interrupt.h"
#include "data/inspect.h"
#include "tests/support/files.h"
#include "tests/support/test.h"

using namespace othello;
using namespace othello::test;
namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kGames = 2 * kShardGames + 7;

DatasetRequest request(std::int64_t games = kGames) {
  DatasetRequest out;
  out.board = 6;
  out.games = games;
  return out;
}

GenerateSummary make(const fs::path& folder, const DatasetRequest& wanted = request()) {
  return generate_dataset(folder, wanted, [](std::int64_t) {});
}

/// Stops after `shards` of them as Ctrl-C does.
void make_part(const fs::path& folder, int shards = 1) {
  const auto stop = [&](std::int64_t) {
    if (--shards == 0) throw Interrupted{};
  };
  CHECK_THROWS_AS(generate_dataset(folder, request(), stop), Interrupted);
}

std::string refusal(const fs::path& folder, const DatasetRequest& wanted = request()) {
  return error_of([&] { make(folder, wanted); });
}

/// dataset.json of a dataset that nothing interrupted: it has every shard's checksum.
const std::string& whole() {
  static const std::string document = [] {
    const TemporaryFolder folder;
    make(folder / "d");
    return read_file(folder / "d" / "dataset.json");
  }();
  return document;
}

void check_whole(const TemporaryFolder& folder) {
  CHECK(read_file(folder / "dataset.json") == whole());
  CHECK(folder.entries() == 4);
  CHECK(inspect_dataset(folder.path())["games"] == kGames);
}

}  // namespace

TEST_CASE("An interrupted dataset goes on to the same bytes and plays no game twice") {
  const TemporaryFolder folder;
  make_part(folder.path());
  CHECK_FALSE(fs::exists(folder / "dataset.json"));
  const GenerateSummary rest = make(folder.path());
  CHECK(rest.played == kGames - kShardGames);
  CHECK(rest.games == kGames);
  CHECK(rest.plies == parse_json(whole(), "whole")["plies"]);
  check_whole(folder);
}

TEST_CASE("An unfinished dataset is not taken for one and says how to go on") {
  const TemporaryFolder folder;
  make_part(folder.path(), 2);
  CHECK(is_dataset(folder.path()));
  const auto problem = error_of([&] { inspect_dataset(folder.path()); });
  CHECK(contains(problem,
                 "is unfinished: 200000 of 200007 games are written; run 'othello-gpt generate --games 200007 "
                 "--seed 1 --board 6 --player uniform --out " +
                     folder.path().string() + "' to go on"));
}

TEST_CASE("Shards that were damaged since the interruption are played again") {
  const TemporaryFolder folder;
  make_part(folder.path(), 2);
  std::string bytes = read_file(folder / "games-00000.npy");
  bytes[5000] = static_cast<char>(bytes[5000] ^ 1);
  write_file(folder / "games-00000.npy", bytes);
  fs::remove(folder / "games-00001.npy");
  CHECK(make(folder.path()).played == kGames);
  check_whole(folder);
}

TEST_CASE("What a killed process leaves behind does no harm") {
  const TemporaryFolder folder;
  make_part(folder.path());
  const std::string state = read_file(folder / "unfinished.jsonl");
  // Killed while it noted a shard, wrote one, or had written one that it did not note yet.
  write_file(folder / "unfinished.jsonl", state.substr(0, state.size() - 20));
  write_file(folder / "games-00001.npy.tmp-4711", "half a shard");
  write_file(folder / "games-00002.npy", "not noted");
  make(folder.path());
  check_whole(folder);

  // Killed between writing dataset.json and removing what it replaces, and before the first line was written.
  write_file(folder / "unfinished.jsonl", state);
  CHECK(make(folder.path()).played == 0);
  check_whole(folder);
  const TemporaryFolder early;
  write_file(early / "unfinished.jsonl.tmp-4711", "{");
  CHECK(make(early.path(), request(10)).played == 10);
}

TEST_CASE("A complete dataset is checked and left as it is") {
  const TemporaryFolder folder;
  make(folder.path());
  const auto time = fs::last_write_time(folder / "games-00001.npy");
  const GenerateSummary again = make(folder.path());
  CHECK(again.played == 0);
  CHECK(again.games == kGames);
  CHECK(again.plies == parse_json(whole(), "whole")["plies"]);
  CHECK(fs::last_write_time(folder / "games-00001.npy") == time);
  check_whole(folder);
  write_file(folder / "games-00001.npy", "broken");
  CHECK(contains(refusal(folder.path()), "games-00001.npy is missing or was altered; remove"));
}

TEST_CASE("A folder of another configuration is refused with what differs and stays as it was") {
  const TemporaryFolder unfinished, complete;
  make_part(unfinished.path());
  make(complete.path());
  for (const TemporaryFolder* folder : {&unfinished, &complete}) {
    const auto entries = folder->entries();
    DatasetRequest other = request();
    other.seed = 4;
    other.board = 8;
    CHECK(
        contains(refusal(folder->path(), other), "another configuration (board 6 instead of 8, seed 1 instead of 4)"));
    CHECK(contains(refusal(folder->path(), request(kGames + 1)), "(games 200007 instead of 200008)"));
    other = request();
    other.player = "greedy:20";
    CHECK(contains(refusal(folder->path(), other), R"((player "uniform" instead of "greedy:20"))"));
    CHECK(folder->entries() == entries);
  }
  CHECK(make(unfinished.path()).played == kGames - kShardGames);
}

TEST_CASE("A record of an unfinished dataset that was altered is refused with its line") {
  const TemporaryFolder folder;
  make_part(folder.path(), 2);
  const std::string good = read_file(folder / "unfinished.jsonl");
  const auto problem = [&](const std::string& from, const std::string& to) {
    std::string bad = good;
    const auto at = bad.find(from);
    REQUIRE(at != std::string::npos);
    write_file(folder / "unfinished.jsonl", bad.replace(at, from.size(), to));
    return refusal(folder.path());
  };
  CHECK(contains(problem("games-00001", "games-00007"), "unfinished.jsonl, line 3: 100000 games in 'games-00007.npy'"));
  CHECK(contains(problem("games-00001", "../ames-00001"), "unfinished.jsonl, line 3"));
  CHECK(contains(problem("\"games\":100000", "\"games\":100001"), "unfinished.jsonl, line 2"));
  CHECK(contains(problem("\"file\"", "file"), "unfinished.jsonl, line 2: not valid JSON"));
  CHECK(contains(problem("\"seed\":1,", ""), "unfinished.jsonl, line 1: expected the configuration, with 'seed'"));
  CHECK(contains(problem("200007", "-1"), "unfinished.jsonl, line 1"));
  CHECK(contains(problem(good, ""), "unfinished.jsonl: expected the configuration"));
}

TEST_CASE("Two processes never write to one dataset") {
  const TemporaryFolder folder;
  const FolderLock other(folder.path());
  CHECK(contains(refusal(folder.path()), "another process is writing"));
  CHECK(folder.entries() == 0);
}
