// The command line as scripts and people meet it: exit codes, what goes to stdout, and one sentence when it fails.
#include <algorithm>

#include "common/config.h"
#include "common/files.h"
#include "engine/kernels/dispatch.h"
#include "tests/support/files.h"
#include "tests/support/process.h"
#include "tests/support/test.h"

using namespace othello;
using namespace othello::test;
namespace fs = std::filesystem;

namespace {

ProcessResult command(const std::vector<std::string>& arguments) { return run_process(OTHELLO_BINARY, arguments); }

/// The JSON document of a command that must succeed, alone on stdout with nothing on stderr.
Json json_of(std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"--json", "--quiet"});
  const auto result = command(arguments);
  INFO(result.err);
  CHECK(result.code == 0);
  CHECK(result.err.empty());
  return parse_json(result.out, "stdout");
}

/// Lines of more columns than a terminal has.
int long_lines(std::string_view text) {
  int columns = 0, count = 0;
  for (const char c : text) {
    if (c == '\n') columns = 0;
    else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) count += ++columns == 101;  // not inside a character
  }
  return count;
}

/// A command that must fail with `code`, silent on stdout and with one line on stderr, which is returned.
std::string failure(int code, const std::vector<std::string>& arguments) {
  const auto result = command(arguments);
  INFO(result.err);
  CHECK(result.code == code);
  CHECK(result.out.empty());
  CHECK(result.err.rfind("error: ", 0) == 0);
  CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
  return result.err;
}

}  // namespace

TEST_CASE("Help and version are results and everything else without a command is wrong usage") {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"--help"},
                                                    {"-h"},
                                                    {"--version"},
                                                    {"show", "--help"},
                                                    {"perft", "--help"},
                                                    {"generate", "--help"},
                                                    {"import", "--help"},
                                                    {"export", "--help"},
                                                    {"inspect", "--help"}}) {
    const auto result = command(arguments);
    CHECK(result.code == 0);
    CHECK_FALSE(result.out.empty());
    CHECK(result.err.empty());
    CHECK(long_lines(result.out) == 0);
  }
  const auto nothing = command({});
  CHECK(nothing.code == 2);
  CHECK(nothing.out.empty());
  CHECK(contains(nothing.err, "Usage: othello-gpt"));
}

TEST_CASE("Help of a command shows an example and its defaults") {
  const auto help = command({"generate", "--help"}).out;
  CHECK(contains(help, "Example: othello-gpt generate"));
  CHECK(contains(help, "[default: 100000]"));
  CHECK(contains(help, "(required)"));
}

TEST_CASE("A mistyped command or flag is answered with the nearest one") {
  CHECK(contains(failure(2, {"inspekt", "x"}), "did you mean 'inspect'"));
  CHECK(contains(failure(2, {"generate", "--gmaes", "3", "--out", "x"}), "did you mean '--games'"));
  CHECK(contains(failure(2, {"generate", "--sed=3", "--out", "x"}), "did you mean '--seed'"));
}

TEST_CASE("Numbers that make no sense are wrong usage and name the flag") {
  CHECK(contains(failure(2, {"perft", "--depth", "-1"}), "--depth"));
  CHECK(contains(failure(2, {"perft", "--depth", "21"}), "--depth"));
  CHECK(contains(failure(2, {"perft", "--depth", "three"}), "--depth"));
  CHECK(contains(failure(2, {"perft", "--depth"}), "--depth"));
  CHECK(contains(failure(2, {"perft", "--convention", "X"}), "--convention"));
  CHECK(contains(failure(2, {"perft", "--board", "7"}), "--board"));
  CHECK(contains(failure(2, {"show", "--game", "-1"}), "--game"));
  CHECK(contains(failure(2, {"show", "--ply", "61"}), "--ply"));
  for (const char* games : {"0", "-5", "010", "1e6", "99999999999999999999", "1.5", ""})
    CHECK(contains(failure(2, {"generate", "--out", "never-made", "--games", games}), "--games"));
  for (const char* seed : {"-1", "99999999999999999999", "x"})
    CHECK(contains(failure(2, {"generate", "--out", "never-made", "--seed", seed}), "--seed"));
  CHECK_FALSE(fs::exists("never-made"));
}

TEST_CASE("Perft prints its fields as JSON and a sentence without") {
  const Json result = json_of({"perft", "--depth", "9", "--convention", "a"});
  CHECK(result["schema"] == "othello-gpt/perft/1");
  CHECK(result["depth"] == 9);
  CHECK(result["convention"] == "A");
  CHECK(result["nodes"] == 3005288);
  CHECK(result["seconds"].get<double>() >= 0);
  CHECK(result["command"][1] == "perft");
  CHECK(json_of({"perft", "--depth", "9"})["nodes"] == 3005320);
  const std::string text = command({"perft", "--depth", "3"}).out;
  CHECK(contains(text, "56 move sequences"));
  CHECK(contains(text, "with the " + result["kernels"].get<std::string>() + " kernels"));
  CHECK(json_of({"perft", "--depth", "0"})["nodes"] == 1);
}

TEST_CASE("Show draws the position that the moves lead to") {
  const auto result = command({"show", "f5d6c3"});
  CHECK(result.code == 0);
  CHECK(result.err.empty());
  CHECK(contains(result.out, "4  . . . X X * . .\n5  . . . O X X * ."));
  CHECK(contains(result.out, "to move white, 4 legal (*): d3 f3 f4 g5"));
  CHECK_FALSE(contains(result.out, "\033"));  // no colours in a file
  CHECK(command({"show", "F5", "d6,", "C3"}).out == result.out);

  const Json json = json_of({"show", "f5d6c3", "--ply", "1"});
  CHECK(json["moves"] == "f5d6c3");
  CHECK(json["ply"] == 1);
  CHECK(json["to_move"] == "white");
  CHECK(json["legal"] == Json({"f4", "d6", "f6"}));
  CHECK(json["discs"].dump() == R"({"black":4,"white":1})");
}

TEST_CASE("Show tells passes and the end of a game") {
  const Json wiped = json_of({"show", "d3c3b3d2e1d6d7e3f4"});
  CHECK(wiped["over"] == true);
  CHECK(wiped["to_move"].is_null());
  CHECK(wiped["discs"].dump() == R"({"black":13,"white":0})");
  CHECK(contains(command({"show", "d3c3b3d2e1d6d7e3f4"}).out, "over    13 to 0: black wins by 13"));
  const Json passed = json_of({"show", "d3c3b3b2f5a3a1c1"});
  CHECK(passed["passes"].dump() == R"([{"before_move":9,"side":"black"}])");
  CHECK(contains(command({"show", "d3c3b3b2f5a3a1c1"}).out, "pass    black before move 9"));
}

TEST_CASE("Show knows the small board and the games that training plays") {
  CHECK(contains(command({"show", "--board", "6"}).out, "   b c d e f g\n"));
  const Json json = json_of({"show", "--board", "6", "--seed", "0", "--game", "0"});
  CHECK(json["moves"] == "c4c5c6c3f5d6e6b4b3b6c2c7b7g5f4d3b5e3f3f6f7g3d7f2e2b2d2g7g2e7g6g4");
  CHECK(json["over"] == true);
  CHECK(contains(failure(2, {"show", "f5", "--game", "3"}), "--game"));
}

TEST_CASE("Show draws the first game of a player or seed that is named without a game") {
  const auto moves = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "show");
    return json_of(arguments)["moves"];
  };
  CHECK(moves({"--seed", "7"}) == moves({"--seed", "7", "--game", "0"}));
  CHECK(moves({"--player", "greedy:20"}) == moves({"--player", "greedy:20", "--game", "0"}));
  CHECK(moves({"--seed", "7", "--game", "2"}) != moves({"--seed", "7"}));
  CHECK(moves({}) == "");
  CHECK(contains(failure(2, {"show", "f5", "--seed", "7"}), "--seed"));
  CHECK(contains(failure(2, {"show", "f5", "--player", "greedy:20"}), "--player"));

  const std::string text = command({"show", "--seed", "7"}).out;
  CHECK(long_lines(text) == 0);
  const std::string game = moves({"--seed", "7"}).get<std::string>();
  REQUIRE(game.size() == 120);
  CHECK(contains(text, "game    " + game.substr(0, 64) + "\n        " + game.substr(64) + "\n"));
}

TEST_CASE("Show refuses moves that the rules forbid") {
  CHECK(contains(failure(2, {"show", "f5f5"}), "move 2 ('f5') is not legal for white"));
  CHECK(contains(failure(2, {"show", "z9"}), "move 1"));
  CHECK(contains(failure(2, {"show", "f5", "--ply", "2"}), "--ply 2 is beyond"));
  CHECK(contains(failure(2, {"show", "a1", "--board", "6"}), "6×6"));
}

TEST_CASE("A generated dataset is what inspect finds") {
  const TemporaryFolder folder;
  const std::string out = folder / "games";
  const Json made = json_of({"generate", "--games", "1000", "--seed", "3", "--board", "6", "--out", out});
  CHECK(made["schema"] == "othello-gpt/generate/1");
  CHECK(made["games"] == 1000);
  CHECK(made["played"] == 1000);
  for (const char* field : {"seconds", "play_seconds", "games_per_second"}) CHECK(made[field].get<double>() > 0);
  const Json found = json_of({"inspect", out});
  CHECK(found["schema"] == "othello-gpt/inspect/1");
  CHECK(found["kind"] == "dataset");
  for (const char* field : {"games", "plies", "board", "seed"}) CHECK(found[field] == made[field]);
  for (const char* field : {"skipped", "unfinished", "illegal"}) CHECK(found[field] == 0);
  const std::string text = command({"inspect", out}).out;
  CHECK(contains(text, "games        1000\n"));
  CHECK(contains(text, "up to symmetry, turned to f5"));
  CHECK(contains(text, "length 32"));
  CHECK(contains(text, "\nas_generated true\nthe largest of "));
  CHECK(contains(text, "beyond 4 is suspicious"));
}

TEST_CASE("The text of inspect fits the terminal and has no columns or lines that say nothing") {
  const TemporaryFolder folder;
  const auto text_of = [&](const std::vector<std::string>& arguments) {
    std::vector<std::string> all{"generate", "--games", "300", "--out", folder / "d", "--quiet"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    fs::remove_all(folder / "d");
    CHECK(command(all).code == 0);
    const std::string text = command({"inspect", folder / "d"}).out;
    CHECK(long_lines(text) == 0);
    CHECK_FALSE(contains(text, " \n"));
    return text;
  };
  const std::string big = text_of({});
  CHECK(contains(big, "± se     uniform      z\nblack wins"));
  CHECK(contains(big, "blank: too few games for a normal approximation"));
  // Of 6×6 the results are unknown, and legal moves and passes are known for the first discs.
  const std::string small = text_of({"--board", "6"});
  CHECK(contains(small, "± se\nblack wins"));
  CHECK(contains(small, "legal       ± se     uniform      z       pass       ± se     uniform\n"));
  const std::string greedy = text_of({"--player", "greedy:20"});
  CHECK(contains(greedy, "± se     uniform\nblack wins"));
  CHECK(contains(greedy, "\nseed         1\n"));
  CHECK_FALSE(contains(greedy, "suspicious"));

  const std::string name(60, 'n');
  write_file(folder / (name + ".txt"), "f5d6c3\n");
  write_file(folder / "b.txt", "f5d6c3d3\n");
  json_of({"import", folder / (name + ".txt"), folder / "b.txt", "--out", folder / "imported"});
  const std::string imported = command({"inspect", folder / "imported"}).out;
  CHECK_FALSE(contains(imported, "seed"));
  CHECK(long_lines(imported) == 0);
  CHECK(json_of({"inspect", folder / "imported"}).contains("seed"));
}

TEST_CASE("The parts of an import and files of games lead to the dataset that was meant") {
  const TemporaryFolder folder;
  const std::string both = folder / "both";
  json_of({"generate", "--games", "5", "--out", folder / "both" / "train"});
  CHECK(contains(failure(1, {"inspect", both}), "is neither"));
  json_of({"generate", "--games", "5", "--seed", "2", "--out", folder / "both" / "test"});
  const std::string sentence = both + " holds two datasets: " + both + "/train and " + both + "/test; name one of them";
  CHECK(contains(failure(1, {"inspect", both}), sentence));
  CHECK(contains(failure(1, {"export", both, "--format", "tokens", "--out", folder / "x"}), sentence));
  CHECK(contains(failure(1, {"show", "--player", "expert-replay:" + both}), sentence));
  for (const char* name : {"a.pgn", "a.WTB", "a.txt", "a.ggf", "a.npy"}) {
    write_file(folder / name, "f5d6c3\n");
    CHECK(contains(failure(1, {"inspect", folder / name}), "is a file of games: 'othello-gpt import' makes a dataset"));
  }
  CHECK(contains(failure(1, {"inspect", folder / "b.pgn"}), "no such file"));
}

TEST_CASE("The games of every player can be generated and are recorded as its own") {
  const TemporaryFolder folder;
  write_file(folder / "openings", "c4\n");
  const auto made = [&](const std::string& name, const std::string& player) {
    json_of({"generate", "--games", "50", "--out", folder / name, "--player", player});
    return json_of({"inspect", folder / name});
  };
  const Json greedy = made("a", "greedy:20");
  CHECK(greedy["player"] == "greedy:20");
  CHECK(greedy["illegal"] == 0);
  CHECK(made("b", "restricted:" + (folder / "openings").string())["unfinished"] == 0);
  const Json replayed = made("c", "expert-replay:" + (folder / "a").string());
  CHECK(replayed["illegal"] == 0);
  CHECK(replayed["duplicates"] > 5);  // 50 draws of 50 games
  const Json shown = json_of({"show", "--seed", "1", "--game", "0", "--player", "greedy:20"});
  CHECK(shown["moves"] != json_of({"show", "--seed", "1", "--game", "0"})["moves"]);
  CHECK(contains(failure(2, {"generate", "--games", "5", "--out", folder / "d", "--player", "expert"}),
                 "uniform, greedy:T, restricted:FILE, expert-replay:DATASET or dataset:DATASET"));
  CHECK_FALSE(fs::exists(folder / "d"));
}

TEST_CASE("An output folder that cannot be used fails before anything is harmed") {
  const TemporaryFolder folder;
  write_file(folder / "file", "mine");
  CHECK(contains(failure(1, {"generate", "--games", "5", "--out", folder.path()}), "not empty"));
  CHECK(contains(failure(1, {"generate", "--games", "5", "--out", folder / "file"}), "a folder was expected"));
  CHECK(contains(failure(1, {"generate", "--games", "5", "--out", folder / "file" / "deeper"}),
                 "cannot make the folder"));
  CHECK(contains(failure(1, {"generate", "--games", "5", "--out", "/proc/nowhere/games"}), "cannot make the folder"));
  failure(2, {"generate", "--games", "5", "--out", ""});
  failure(2, {"generate", "--games", "5"});
  CHECK(read_file(folder / "file") == "mine");
  CHECK(folder.entries() == 1);
}

TEST_CASE("What is no dataset and what was damaged is refused by inspect") {
  const TemporaryFolder folder;
  CHECK(contains(failure(1, {"inspect", folder / "missing"}), "no such file or folder"));
  CHECK(contains(failure(1, {"inspect", folder.path()}), "is neither"));
  failure(2, {"inspect"});
  const std::string out = folder / "games";
  json_of({"generate", "--games", "20", "--out", out});
  const fs::path shard = folder / "games" / "games-00000.npy";
  const std::string bytes = read_file(shard);
  write_file(shard, bytes.substr(0, bytes.size() / 2));
  CHECK(contains(failure(1, {"inspect", out}), "games-00000.npy"));
}

TEST_CASE("Interrupting generate exits with 130 and leaves what the same command goes on with") {
  const TemporaryFolder folder;
  const std::string out = folder / "games";
  const auto result = run_process(OTHELLO_BINARY, {"generate", "--games", "1000000000", "--out", out}, 1500);
  CHECK(result.code == 130);
  CHECK(result.out.empty());
  CHECK(contains(result.err, "of 1000000000 games are written; run 'othello-gpt generate --games"));
  CHECK(contains(failure(1, {"inspect", out}), "of 1000000000 games are written; run 'othello-gpt generate --games"));
  CHECK(contains(failure(1, {"generate", "--games", "10", "--out", out}), "games 1000000000 instead of 10"));
}

TEST_CASE("A dataset whose process is killed at any moment goes on to the same bytes") {
  const TemporaryFolder folder;
  const auto arguments = [&](const char* name) {
    return std::vector<std::string>{"generate", "--games", "600000", "--board", "6", "--out", folder / name};
  };
  for (const int milliseconds : {40, 150, 220, 260, 300, 350})
    run_process(OTHELLO_BINARY, arguments("killed"), milliseconds, SIGKILL);
  const Json last = json_of(arguments("killed"));
  CHECK(last["games"] == 600000);
  CHECK(json_of(arguments("killed"))["played"] == 0);
  CHECK(json_of(arguments("whole"))["played"] == 600000);
  CHECK(read_file(folder / "killed" / "dataset.json") == read_file(folder / "whole" / "dataset.json"));
  CHECK(json_of({"inspect", folder / "killed"})["games"] == 600000);
  CHECK(std::distance(fs::directory_iterator(folder / "killed"), fs::directory_iterator{}) == 7);
}

TEST_CASE("Imported games are counted, told from broken ones, and exported again") {
  const TemporaryFolder folder;
  write_file(folder / "a.txt", "f5d6c3\nf5d6c3\nf5a1\nd3c3b3d2e1d6d7e3f4\n");
  const std::vector<std::string> arguments{"import", folder / "a.txt", "--out", folder / "games", "--json", "--quiet"};
  const auto result = command(arguments);
  CHECK(result.code == 0);
  CHECK(contains(result.err, "a.txt, game 3, line 3: move 2 (a1) is not legal"));
  const Json made = parse_json(result.out, "stdout");
  CHECK(made["schema"] == "othello-gpt/import/1");
  CHECK(made["records"] == 4);
  CHECK(made["games"] == 2);
  for (const char* field : {"skipped", "unfinished", "duplicates", "illegal"}) CHECK(made[field] == 1);
  CHECK(made["plies"] == 12);
  CHECK(made["faults"].dump() == R"({"an illegal move":1})");
  CHECK(made["files"][0]["format"] == "transcript");
  CHECK(made["games_per_second"].get<double>() > 0);
  const Json found = json_of({"inspect", folder / "games"});
  for (const char* field : {"games", "plies", "skipped", "unfinished", "duplicates", "illegal"})
    CHECK(found[field] == made[field]);

  CHECK(json_of({"export", folder / "games", "--format", "transcript", "--out", folder / "b.txt"})["games"] == 2);
  CHECK(read_file(folder / "b.txt") == "f5d6c3\nd3c3b3d2e1d6d7e3f4\n");
  CHECK(json_of({"export", folder / "games", "--format", "published-squares", "--games", "1", "--out",
                 folder / "b.npy"})["games"] == 1);
  const Json back = json_of({"import", folder / "b.npy", "--format", "published-squares", "--out", folder / "back"});
  CHECK(back["plies"] == 3);
  const auto text = command({"import", folder / "b.txt", folder / "a.txt", "--out", folder / "both"});
  CHECK(contains(text.out, "skipped: 1 with an illegal move"));
  CHECK(contains(text.out, "2 games (12 plies)"));
  CHECK(json_of({"export", folder / "games", "--format", "tokens", "--out",
                 folder / "new" / "deep" / "b.npy"})["games"] == 2);
  CHECK(fs::exists(folder / "new" / "deep" / "b.npy"));
}

TEST_CASE("The table of an import shows the files that lost records before it is cut") {
  const TemporaryFolder folder;
  std::vector<std::string> arguments{"import", "--quiet", "--dedup", "none", "--out", folder / "games"};
  for (int i = 0; i < 30; ++i) {
    const bool loses = i == 25;
    arguments.push_back(folder / (std::string(loses ? 60 : 1, 'n') + std::to_string(i) + ".txt"));
    write_file(arguments.back(), loses ? "f5d6c3\nf5a1\n" : "f5d6c3\n");
  }
  const std::string text = command(arguments).out;
  CHECK(long_lines(text) == 0);
  CHECK(contains(text, "… and 10 more (--json lists all)\nall "));
  CHECK(text.find("nnn") < text.find("n0.txt"));
  CHECK(contains(text, "nnn… transcript"));
  CHECK(text.find("n0.txt") < text.find("n1.txt"));
  CHECK(contains(text, "n18.txt"));
  CHECK_FALSE(contains(text, "n19.txt"));
}

TEST_CASE("Import and export refuse what they cannot do") {
  const TemporaryFolder folder;
  write_file(folder / "a.txt", "f5d6c3\nf5a1\n");
  write_file(folder / "numbers.txt", "37 43 18\n");
  const std::string out = folder / "games";
  CHECK(contains(failure(1, {"import", folder / "a.txt", "--strict", "--out", out}), "game 2, line 2"));
  CHECK(contains(failure(1, {"import", folder / "numbers.txt", "--out", out}), "--format tokens, published-squares"));
  CHECK(contains(failure(1, {"import", folder.path(), "--out", out}), "is a folder"));
  CHECK(contains(failure(2, {"import", folder / "a.txt", "--format", "pgm", "--out", out}), "--format"));
  for (const char* share : {"0", "1", "-0.1", "nan", "x"})
    CHECK(contains(failure(2, {"import", folder / "a.txt", "--test", share, "--out", out}),
                   "is not a number above 0 and below 1"));
  CHECK(contains(failure(2, {"import", "--out", out}), "FILES"));
  CHECK_FALSE(fs::exists(out));
  json_of({"generate", "--games", "5", "--board", "6", "--out", out});
  CHECK(contains(failure(1, {"export", out, "--format", "pgn", "--out", folder / "x"}), "8×8 only"));
  CHECK(contains(failure(2, {"export", out, "--format", "wthor", "--out", folder / "x"}), "--format"));
  CHECK(contains(failure(1, {"export", out, "--format", "tokens", "--out", "/proc/nowhere/x"}),
                 "cannot make the folder /proc/nowhere"));
  CHECK(contains(failure(1, {"export", out, "--format", "tokens", "--out", "/proc/x"}), "cannot write /proc/x: "));
}

TEST_CASE("A result that cannot be written is a failure") {
  const std::string script = std::string(OTHELLO_BINARY) + " show > /dev/full";
  const auto result = run_process("/bin/sh", {"-c", script});
  CHECK(result.code == 1);
  CHECK(contains(result.err, "standard output"));
}

TEST_CASE("OTHELLO_ISA chooses the kernels, which change nothing but the speed") {
  const TemporaryFolder folder;
  const ScopedEnvironment restore("OTHELLO_ISA");
  Json first;
  for (const Kernels* kernels : all_kernels()) {
    const std::string name = kernels->name;
    restore.set(name);
    CHECK(json_of({"perft", "--depth", "6"})["kernels"] == name);
    const std::string out = (folder / name).string();
    json_of({"generate", "--games", "3000", "--seed", "9", "--out", out});
    const Json shards = parse_json(read_file(folder / name / "dataset.json"), "dataset.json")["shards"];
    if (first.is_null()) first = shards;
    CHECK(shards == first);
  }
  restore.set("sse9");
  CHECK(
      contains(failure(1, {"perft", "--depth", "6"}), "OTHELLO_ISA is 'sse9', but this program on this CPU has: base"));
}

TEST_CASE("A disk that fills up leaves nothing that looks whole and a sentence") {
  const TemporaryFolder folder;
  const auto limited = [](std::vector<std::string> arguments) {
    // Files of more than 32 KiB cannot be written, which fails as a full disk does.
    arguments.insert(arguments.begin(), {"-c", R"(ulimit -f 64; exec "$0" "$@")", OTHELLO_BINARY});
    const auto result = run_process("/bin/sh", arguments);
    INFO(result.err);
    CHECK(result.code == 1);
    CHECK(contains(result.err, "error: cannot write "));
    CHECK(contains(result.err, "File too large"));
  };
  const std::string games = folder / "games";
  limited({"generate", "--games", "5000", "--out", games});
  CHECK(contains(failure(1, {"inspect", games}), "0 of 5000 games are written"));
  CHECK(json_of({"generate", "--games", "5000", "--out", games})["played"] == 5000);

  limited({"export", games, "--format", "transcript", "--out", folder / "games.txt"});
  CHECK_FALSE(fs::exists(folder / "games.txt"));
  json_of({"export", games, "--format", "transcript", "--out", folder / "games.txt"});
  limited({"import", folder / "games.txt", "--out", folder / "imported"});
  CHECK(folder.entries() == 2);  // neither the folder nor a temporary one
}
