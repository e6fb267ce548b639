// If these fail, training in several processes loses work, hangs, or learns something else. Real processes, as
// launchers start them; a tiny model, seconds.
#include <cmath>
#include <future>

#include "common/config.h"
#include "common/files.h"
#include "tests/support/files.h"
#include "tests/support/ports.h"
#include "tests/support/process.h"
#include "tests/support/test.h"

namespace othello::test {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kTiny{"--board",   "6",
                                     "--set",     "model.layers=2",
                                     "--set",     "model.d_model=16",
                                     "--set",     "model.heads=2",
                                     "--set",     "train.batch_games=16",
                                     "--set",     "train.log_steps=5",
                                     "--workers", "1"};

std::vector<std::string> train(const fs::path& out, const std::vector<std::string>& more) {
  std::vector<std::string> words{"train", "--out", out.string()};
  words.insert(words.end(), kTiny.begin(), kTiny.end());
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

/// Through scripts/launch.
ProcessResult launch(int processes, std::vector<std::string> arguments, int signal_after = 0, int signal = SIGTERM) {
  arguments.insert(arguments.begin(), {std::to_string(processes), OTHELLO_BINARY});
  return run_process(OTHELLO_SOURCE "/scripts/launch", arguments, signal_after, signal);
}

/// Two processes with the variables of a launcher; number `struck` gets a signal.
std::vector<ProcessResult> pair(const std::vector<std::string>& arguments, int struck, int signal_after, int signal) {
  const int port = free_port();
  std::vector<std::future<ProcessResult>> running;
  for (int rank = 0; rank < 2; ++rank) {
    std::vector<std::string> words{fmt::format("RANK={}", rank), "WORLD_SIZE=2",
                                   "MASTER_ADDR=127.0.0.1",      fmt::format("OTHELLO_STORE_PORT={}", port),
                                   "OTHELLO_TIMEOUT_SECONDS=5",  OTHELLO_BINARY};
    words.insert(words.end(), arguments.begin(), arguments.end());
    const int after = rank == struck ? signal_after : 0;
    running.push_back(
        std::async(std::launch::async, [=] { return run_process("/usr/bin/env", words, after, signal); }));
  }
  std::vector<ProcessResult> results;
  for (auto& each : running) results.push_back(each.get());
  return results;
}

std::vector<Json> metrics(const fs::path& run) {
  std::vector<Json> lines;
  std::istringstream in(read_file(run / "metrics.jsonl"));
  for (std::string line; std::getline(in, line);) lines.push_back(parse_json(line, "metrics"));
  return lines;
}

/// Of the checkpoints that are there, the number of steps of the last.
long last_step(const fs::path& run) {
  long last = -1;
  for (const auto& entry : fs::directory_iterator(run / "checkpoints"))
    last = std::max(last, std::stol(entry.path().filename().string().substr(5)));
  return last;
}

const std::vector<std::string> kEndless{"--games", "100000000", "--set", "train.checkpoint_minutes=0.005", "--quiet"};

}  // namespace

TEST_CASE("two processes write one run, with the figures of one process within 1e-3 nats") {
  const TemporaryFolder folder;
  const auto alone = run_process(OTHELLO_BINARY, train(folder / "alone", {"--games", "320", "--quiet"}));
  const auto both = launch(2, train(folder / "both", {"--games", "320", "--json"}));
  INFO(alone.err + both.err);
  REQUIRE(alone.code == 0);
  REQUIRE(both.code == 0);
  CHECK(parse_json(both.out, "stdout")["games"] == 320);  // one document, from one process
  CHECK(contains(both.err, "2 processes"));
  const auto a = metrics(folder / "alone"), b = metrics(folder / "both");
  REQUIRE(a.size() == 4);
  REQUIRE(b.size() == 4);
  for (std::size_t i = 0; i < a.size(); ++i) {
    CHECK(a[i]["games"] == b[i]["games"]);
    CHECK(a[i]["floor"].get<double>() == Approx(b[i]["floor"].get<double>()).epsilon(1e-9));
    CHECK(std::abs(a[i]["loss"].get<double>() - b[i]["loss"].get<double>()) < 1e-3);
  }
}

TEST_CASE("a run given in minutes has the same number of steps in every process") {
  const TemporaryFolder folder;
  const auto both = launch(2, train(folder / "run", {"--minutes", "0.05", "--quiet"}));
  INFO(both.err);
  CHECK(both.code == 0);
}

TEST_CASE("a killed process ends the job with a sentence, and one process goes on from the last checkpoint") {
  for (const int struck : {0, 1}) {
    INFO("process " << struck);
    const TemporaryFolder folder;
    const auto results = pair(train(folder / "run", kEndless), struck, 3000, SIGKILL);
    const auto& other = results[static_cast<std::size_t>(1 - struck)];
    INFO(other.err);
    CHECK(results[static_cast<std::size_t>(struck)].code == -SIGKILL);
    CHECK(other.code == 1);
    CHECK(contains(other.err, fmt::format("error: process {} of 2: another process has ended", 1 - struck)));
    const auto step = last_step(folder / "run");
    REQUIRE(step > 0);
    const auto config_file = folder / "run" / "config.json";
    auto config = parse_json(read_file(config_file), "config");
    config["train"]["steps"] = step + 5;
    write_file(config_file, json_text(config));
    const auto resumed = run_process(OTHELLO_BINARY, {"train", "--resume", "--out", (folder / "run").string()});
    INFO(resumed.err);
    CHECK(resumed.code == 0);
    CHECK(last_step(folder / "run") == step + 5);
  }
}

TEST_CASE("a process that hangs ends the job after the timeout") {
  const TemporaryFolder folder;
  const int port = free_port();
  // The shell goes on without process 1, which stops itself for good.
  const auto result = run_process(
      "/bin/bash",
      {"-c", R"(export WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 OTHELLO_TIMEOUT_SECONDS=3 OTHELLO_STORE_PORT=$1; shift
                RANK=1 "$@" & hanging=$!
                RANK=0 "$@" & leading=$!
                sleep 2; kill -STOP $hanging; wait $leading; code=$?; kill -KILL $hanging; exit $code)",
       "bash", std::to_string(port), OTHELLO_BINARY, "train", "--out", (folder / "run").string(), "--board", "6",
       "--games", "100000000", "--set", "train.batch_games=16", "--workers", "1", "--quiet"});
  INFO(result.err);
  CHECK(result.code == 1);
  CHECK(contains(result.err, "process 0 of 2: another process has ended, or did not answer for 3 s"));
}

TEST_CASE("a signal to any process saves the run and ends all of them") {
  const TemporaryFolder folder;
  for (const auto& result : pair(train(folder / "run", kEndless), 1, 2500, SIGTERM)) {
    INFO(result.err);
    CHECK(result.code == 130);
  }
  CHECK(last_step(folder / "run") > 0);
  CHECK(launch(2, train(folder / "launched", kEndless), 2500).code == 130);
  CHECK(last_step(folder / "launched") > 0);
}

TEST_CASE("what several processes cannot do is said before a run is made") {
  const TemporaryFolder folder;
  const auto three = launch(3, train(folder / "run", {"--games", "32", "--quiet"}));
  CHECK(three.code == 1);
  CHECK(contains(three.err, "'train.shards' is 4, which is not a multiple of the 3 processes"));
  CHECK_FALSE(fs::exists(folder / "run"));
  const ScopedEnvironment address("MASTER_ADDR");
  const auto lost =
      run_process("/usr/bin/env", {"RANK=0", "WORLD_SIZE=2", OTHELLO_BINARY, "train", "--games", "1", "--out", "/x"});
  CHECK(lost.code == 1);
  CHECK(contains(lost.err, "MASTER_ADDR"));
}

TEST_CASE("the launcher passes on a failure") {
  CHECK(run_process(OTHELLO_SOURCE "/scripts/launch", {"2"}).code == 2);
  CHECK(run_process(OTHELLO_SOURCE "/scripts/launch", {"2", "/bin/bash", "-c", "exit $((3 * RANK))"}).code == 3);
}

}  // namespace othello::test
