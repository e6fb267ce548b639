// If these fail, training in several processes loses work, hangs, or learns something else. Real processes, as
// launchers start them; a tiny model, seconds.
#include <cmath>

#include "common/config.h"
#include "common/files.h"
#include "common/run_folder.h"
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
ProcessResult launch(int processes, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {std::to_string(processes), OTHELLO_BINARY});
  return run_process(OTHELLO_SOURCE "/scripts/launch", arguments);
}

/// A shell runs `start`, which puts process ids into the array `p`, and when there is a checkpoint in `run`, sends
/// process `struck` a signal. stdout has the exit codes of the processes, but for a stopped one, which is killed.
ProcessResult strike(const fs::path& run, const std::string& start, int struck, const std::string& signal,
                     int timeout_seconds) {
  const std::string script = R"(
    port=$1 run=$2 struck=$3 signal=$4; shift 4
    export WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=$((port - 1)); )" +
                             start + R"(
    for i in {1..600}; do if compgen -G "$run/checkpoints/step_*" >/dev/null; then break; fi; sleep 0.1; done
    kill -"$signal" "${p[struck]}"
    for i in "${!p[@]}"; do
      if [[ $signal == STOP && $i == "$struck" ]]; then continue; fi
      wait "${p[i]}" && code=0 || code=$?
      echo "$code"
    done
    kill -KILL "${p[struck]}" 2>/dev/null; true)";
  std::vector<std::string> words{fmt::format("OTHELLO_TIMEOUT_SECONDS={}", timeout_seconds),
                                 "/bin/bash",
                                 "-c",
                                 script,
                                 "strike",
                                 std::to_string(free_port()),
                                 run.string(),
                                 std::to_string(struck),
                                 signal,
                                 OTHELLO_BINARY};
  const auto endless = train(run, {"--games", "100000000", "--set", "train.checkpoint_minutes=0.005", "--quiet"});
  words.insert(words.end(), endless.begin(), endless.end());
  return run_process("/usr/bin/env", words);
}

const std::string kPair = R"(RANK=0 "$@" & p=($!); RANK=1 "$@" & p+=($!))";
const std::string kLaunched = OTHELLO_SOURCE R"(/scripts/launch 2 "$@" & p=($!))";

/// The number of steps of the last checkpoint.
long last_step(const fs::path& run) {
  const auto steps = RunFolder::open(run).checkpoint_steps();
  return steps.empty() ? -1 : steps.back();
}

}  // namespace

TEST_CASE("two processes write one run, with the figures of one process within 1e-3 nats") {
  const TemporaryFolder folder;
  const auto alone = run_process(OTHELLO_BINARY, train(folder / "alone", {"--games", "320", "--quiet"}));
  const auto both = launch(2, train(folder / "both", {"--games", "320", "--json"}));
  INFO(alone.err + both.err);
  REQUIRE(alone.code == 0);
  REQUIRE(both.code == 0);
  const auto result = parse_json(both.out, "stdout");  // one document, from one process
  CHECK(result["games"] == 320);
  CHECK(result["processes"] == 2);
  CHECK(contains(both.err, "2 processes"));
  const auto a = RunFolder::open(folder / "alone").read_metrics(), b = RunFolder::open(folder / "both").read_metrics();
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
    const auto run = folder / "run";
    const auto job = strike(run, kPair, struck, "KILL", 60);
    INFO(job.err);
    CHECK(job.out == (struck == 0 ? "137\n1\n" : "1\n137\n"));
    CHECK(contains(job.err, fmt::format("error: process {} of 2: another process has ended", 1 - struck)));
    const auto step = last_step(run);
    REQUIRE(step > 0);
    auto config = parse_json(read_file(run / "config.json"), "config");
    config["train"]["steps"] = step + 5;
    write_file(run / "config.json", json_text(config));
    const auto resumed = run_process(OTHELLO_BINARY, {"train", "--resume", "--out", run.string()});
    INFO(resumed.err);
    CHECK(resumed.code == 0);
    CHECK(last_step(run) == step + 5);
  }
}

TEST_CASE("a process that hangs ends the job after the timeout") {
  const TemporaryFolder folder;
  const auto job = strike(folder / "run", kPair, 1, "STOP", 8);
  INFO(job.err);
  CHECK(job.out == "1\n");
  CHECK(contains(job.err, "process 0 of 2: another process has ended, or did not answer for 8 s"));
}

TEST_CASE("a signal to any process, or to the launcher, saves the run and ends all of them") {
  const TemporaryFolder folder;
  const auto job = strike(folder / "run", kPair, 1, "TERM", 60);
  INFO(job.err);
  CHECK(job.out == "130\n130\n");
  CHECK(last_step(folder / "run") > 0);
  const auto launched = strike(folder / "launched", kLaunched, 0, "TERM", 60);
  INFO(launched.err);
  CHECK(launched.out == "130\n");
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
