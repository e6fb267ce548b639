// If these fail, a run that was killed, extended or fed with imported games is not the run that its folder says it is.
#include <chrono>
#include <random>

#include "common/files.h"
#include "common/run_folder.h"
#include "tests/support/files.h"
#include "tests/support/process.h"
#include "tests/support/test.h"

namespace othello::test {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kTiny{"--board", "6",
                                     "--set",   "model.layers=2",
                                     "--set",   "model.d_model=16",
                                     "--set",   "model.heads=2",
                                     "--set",   "train.batch_games=16",
                                     "--set",   "train.log_steps=7"};

ProcessResult run(std::vector<std::string> arguments, const std::vector<std::string>& more = {}, int signal_after = 0) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_process(OTHELLO_BINARY, arguments, signal_after, SIGKILL);
}

ProcessResult succeed(const std::vector<std::string>& arguments, const std::vector<std::string>& more = {}) {
  auto process = run(arguments, more);
  INFO(process.err);
  REQUIRE(process.code == 0);
  return process;
}

std::string final_weights(const fs::path& path) {
  const auto folder = RunFolder::open(path);
  return sha256(read_file(folder.checkpoint(folder.checkpoint_steps().back()) / "model.safetensors"));
}

/// Starts `train` in `path` and goes on with it, killing it after random times up to `kills` times; then lets it end if
/// it has not. Returns how often it was killed.
int train_with_kills(const fs::path& path, const std::vector<std::string>& start, int kills, int longest_ms,
                     std::mt19937& random) {
  for (int killed = 0;; ++killed) {
    auto arguments = RunFolder::is_run(path) ? std::vector<std::string>{"train", "--resume"} : start;
    arguments.insert(arguments.end(), {"--out", path.string(), "--workers", std::to_string(1 + killed % 2)});
    const int milliseconds = killed < kills ? std::uniform_int_distribution(20, longest_ms)(random) : 0;
    const auto process = run(arguments, {}, milliseconds);
    INFO("start " << killed << ", to be killed after " << milliseconds << " ms: " << process.err);
    const bool behind_its_last_write = process.code == 1 && contains(process.err, "is complete");
    if (process.code == 0 || behind_its_last_write) return killed;
    REQUIRE(process.code == -SIGKILL);
    if (RunFolder::is_run(path)) RunFolder::open(path).read_metrics();
  }
}

/// The sentence of a command that must fail.
std::string refused(const std::vector<std::string>& arguments, const std::vector<std::string>& more = {}) {
  const auto process = run(arguments, more);
  CHECK(process.code == 1);
  CHECK(process.out.empty());
  return process.err;
}

}  // namespace

TEST_CASE("A linearised run is evaluated, probed and gone on with like any other, and refused what it cannot do") {
  const TemporaryFolder folder;
  const std::string path = (folder / "linear").string(), lazy = (folder / "lazy").string();
  const std::vector<std::string> linearised{"--set", "train.linearised=true"};
  const auto train = [&](const std::string& out, const std::vector<std::string>& settings) {
    std::vector<std::string> arguments{"train", "--games", "160", "--out", out};
    arguments.insert(arguments.end(), kTiny.begin(), kTiny.end());
    arguments.insert(arguments.end(), settings.begin(), settings.end());
    return arguments;
  };
  const auto trained = succeed(train(path, linearised));
  CHECK(contains(trained.out, "linearised around its initial weights"));
  succeed(train(lazy, {"--set", "train.lazy_scale=10", "--quiet"}));
  CHECK(contains(succeed({"inspect", path}).out, "linearised"));
  const auto evaluated = parse_json(succeed({"evaluate", "--model", path, "--games", "40", "--json"}).out, "evaluate");
  CHECK(evaluated["model"]["linearised"] == true);
  CHECK(evaluated["cross_entropy"]["mean"] < 4);
  const auto probed = succeed({"probe", "--model", path, "--games", "60", "--no-logistic", "--no-widths",
                               "--no-details", "--no-controls", "--untrained", "0", "--json"});
  CHECK(parse_json(probed.out, "probe")["model"]["linearised"] == true);
  CHECK(contains(refused({"intervene", "--model", path}), "needs an ordinary network: this model is linearised"));
  CHECK(contains(refused({"intervene", "--model", lazy}), "this model is a lazy one"));
  CHECK(contains(refused({"patch", "--model", path, "--clean", "c2b4", "--corrupt", "c2b2"}), "is linearised"));
  CHECK(
      contains(refused({"export", "--model", path, "--format", "mingpt", "--out", (folder / "x.safetensors").string()}),
               "is linearised"));
  CHECK(contains(refused({"train", "--init", path, "--games", "16", "--out", (folder / "y").string()}),
                 "--init needs an ordinary network"));
  const auto other = (folder / "other").string();
  CHECK(contains(refused(train(other, {"--set", "train.linearised=true", "--set", "train.precision=bf16"})),
                 "train.precision"));
  CHECK(contains(refused(train(other, {"--set", "train.lazy_scale=-1"})), "train.lazy_scale"));
}

TEST_CASE("A run that is killed at random moments and resumed ends in the weights of one that was not") {
  const TemporaryFolder folder;
  const auto seed = static_cast<unsigned>(std::chrono::steady_clock::now().time_since_epoch().count());
  INFO("moments from seed " << seed);
  std::mt19937 random(seed);
  auto start = kTiny;
  start.insert(start.begin(), "train");
  start.insert(start.end(), {"--games", "1920", "--set", "train.checkpoint_minutes=0", "--set", "train.keep_every=50",
                             "--set", "train.keep_log_spaced=2"});  // a checkpoint after each of 120 steps
  const auto clock = std::chrono::steady_clock::now();
  succeed(start, {"--out", folder / "whole"});
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - clock);
  const auto whole = RunFolder::open(folder / "whole");
  CHECK(whole.checkpoint_steps() == std::vector<long>{0, 1, 3, 10, 32, 50, 100, 120});
  int kills = 0;
  for (int round = 0; kills < 5 && round < 5; ++round) {
    const auto path = folder / std::to_string(round);
    kills += train_with_kills(path, start, 6, static_cast<int>(took.count() * 2 / 3), random);
    const auto killed = RunFolder::open(path);
    CHECK(final_weights(path) == final_weights(folder / "whole"));
    CHECK(killed.checkpoint_steps() == whole.checkpoint_steps());
    CHECK(killed.read_metrics().size() == whole.read_metrics().size());
    CHECK(fs::exists(killed.result_file("train")));
    for (const auto& entry : fs::recursive_directory_iterator(path))
      CHECK_FALSE(contains(entry.path().filename().string(), ".tmp-"));
    succeed({"inspect", path});
  }
  CHECK(kills > 0);
}

TEST_CASE("A run given in minutes that is killed is the run whose length its config.json says") {
  const TemporaryFolder folder;
  std::mt19937 random(3);
  auto start = kTiny;
  start.insert(start.begin(), "train");
  start.insert(start.end(), {"--set", "train.checkpoint_minutes=0"});
  auto timed = start;
  timed.insert(timed.end(), {"--minutes", "0.05"});
  train_with_kills(folder / "killed", timed, 3, 2500, random);
  const Json config = RunFolder::open(folder / "killed").read_config_file();
  const auto steps = config["train"]["steps"].get<std::int64_t>();
  CHECK(steps > 20);
  succeed(start,
          {"--games", std::to_string(16 * steps), "--set", "train.checkpoint_minutes=5", "--out", folder / "whole"});
  CHECK(final_weights(folder / "killed") == final_weights(folder / "whole"));
}

TEST_CASE("Training that goes wrong exits 1 with the step and the norms of every layer") {
  const TemporaryFolder folder;
  const auto process = run({"train", "--games", "6400", "--out", folder / "run", "--quiet"},
                           {"--set", "train.learning_rate=10", "--set", "train.muon_rate=10", "--set",
                            "train.warmup_steps=20", "--board", "6", "--set", "model.layers=2", "--set",
                            "model.d_model=16", "--set", "model.heads=2", "--set", "train.batch_games=16"});
  CHECK(process.code == 1);
  CHECK(contains(process.err, "error: training went wrong after"));
  CHECK(contains(process.err, "blocks.1   norm of weights"));
  CHECK(contains(read_file(folder / "run" / "run.log"), "blocks.1   norm of weights"));
}

TEST_CASE("The quickstart's recipe has the length and board that quickstart has") {
  const auto help = succeed({"quickstart", "--help"}).out;
  CHECK(contains(help, "[default: 3]"));  // tests/unit/recipes_test.cpp compares the rest with the defaults
  CHECK(contains(help, "[default: 6]"));
}

TEST_CASE("train --init goes on with the games after those already seen, and the log says with what") {
  const TemporaryFolder folder;
  const std::string first = folder / "first", second = folder / "second";
  succeed({"train", "--games", "160", "--seed", "7", "--targets", "expected", "--out", first}, kTiny);
  const auto process =
      succeed({"train", "--games", "160", "--init", first, "--out", second, "--set", "train.batch_games=16"});
  CHECK(contains(process.err, "goes on with game 160, a fresh optimizer"));
  CHECK(contains(process.err, "expected targets (the loss is told"));
  CHECK(contains(process.out, "trained on expected targets"));
  const Json train = RunFolder::open(second).read_config_file()["train"];
  CHECK(train["first_game"] == 160);
  CHECK(train["seed"] == 7);
  CHECK(train["targets"] == "expected");
  CHECK(train["init"] == (folder / "first" / "checkpoints" / "step_00000010" / "model.safetensors").string());
  const Json result = parse_json(read_file(folder / "second" / "results" / "train.json"), "train.json");
  CHECK(contains(result["trained"].get<std::string>(), "expected targets"));
  CHECK(result["games"] == 160);
  // The configuration of that run is enough to repeat it.
  succeed({"train", "--config", folder / "second" / "config.json", "--out", folder / "again"});
  CHECK(final_weights(folder / "again") == final_weights(second));
  const auto other = run({"train", "--games", "16", "--init", first, "--board", "8", "--out", folder / "x"});
  CHECK(contains(other.err, "has other sizes"));
}

TEST_CASE("train --data trains on imported games as they were played and says what is held out") {
  const TemporaryFolder folder;
  succeed({"generate", "--games", "300", "--board", "6", "--out", folder / "made"});
  succeed({"export", folder / "made", "--format", "transcript", "--out", folder / "games.txt"});
  succeed({"import", folder / "games.txt", "--board", "6", "--test", "0.2", "--out", folder / "games"});
  const auto on = [&](const std::string& data, const std::string& out, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{"train", "--games", "320", "--data", data, "--out", folder / out};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments, kTiny);
  };
  const auto trained = on(folder / "games" / "train", "run");
  INFO(trained.err);
  CHECK(trained.code == 0);
  CHECK(contains(trained.err, "evaluate --data " + (folder / "games" / "test").string()));
  CHECK(contains(on(folder / "games" / "test", "bad").err, "kept for testing"));
  CHECK(contains(on(folder / "made", "all").err, "are kept apart"));
  const auto expected = on(folder / "games" / "train", "no", {"--targets", "expected"});
  CHECK(expected.code == 1);
  CHECK(contains(expected.err, "imported games have only sampled targets"));
  CHECK(on(folder / "games" / "train", "no", {"--player", "uniform"}).code == 2);
  CHECK_FALSE(fs::exists(folder / "no"));
  // From weights that were trained on expected targets.
  succeed({"train", "--games", "16", "--targets", "expected", "--out", folder / "start"}, kTiny);
  succeed({"train", "--games", "32", "--init", folder / "start", "--data", folder / "games" / "train", "--out",
           folder / "tuned"});
  CHECK(RunFolder::open(folder / "tuned").read_config_file()["train"]["targets"] == "sampled");
}

}  // namespace othello::test
