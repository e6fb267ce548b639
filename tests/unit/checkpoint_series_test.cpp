// If these fail, a curve over training passes over what is not there, or calls weights at rest that are not.
#include "theory/checkpoint_series.h"

#include "common/files.h"
#include "tests/support/files.h"
#include "tests/support/torch_test.h"
#include "training/config.h"

namespace othello::test {
namespace {

/// A run of 1000 steps that keeps step 0 and two in each tenfold: 0, 1, 3, 10, 32, 100, 316, 1000.
RunFolder run_with(const TemporaryFolder& folder, const std::vector<long>& steps) {
  auto run = RunFolder::create(folder / "run");
  RunConfig config;
  config.train.steps = 1000;
  config.train.batch_games = 4;
  config.train.keep_log_spaced = 2;
  run.write_config(to_json(config));
  for (const long step : steps) {
    std::filesystem::create_directories(run.checkpoint(step));
    write_file(run.checkpoint(step) / "state.json", "{}");
  }
  return run;
}

TEST_CASE("the checkpoints of a run come with their games and whether their weights are at rest") {
  const TemporaryFolder folder;
  const auto series = checkpoint_series(run_with(folder, {0, 1, 3, 10, 32, 100, 316, 1000}), 2);
  REQUIRE(series.size() == 8);
  CHECK(series[0].name == "step_00000000");
  CHECK(series[5].games == 400);
  CHECK_FALSE(series[0].decayed());
  CHECK_FALSE(series[1].decayed());  // in the warm-up, whose rates are low too
  CHECK_FALSE(series[6].decayed());
  CHECK(series[7].decayed());
}

TEST_CASE("a run whose checkpoints have a gap is no series") {
  const TemporaryFolder folder;
  const auto run = run_with(folder, {0, 1, 3, 32, 1000});
  CHECK_THROWS_WITH(checkpoint_series(run, 2), Catch::Contains("gap") && Catch::Contains("step 10"));
}

TEST_CASE("a run with too few checkpoints says how to keep more") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(checkpoint_series(run_with(folder, {0, 1}), 3), Catch::Contains("train.keep_log_spaced"));
}

TEST_CASE("a choice of checkpoints keeps both ends and is even in log steps") {
  const TemporaryFolder folder;
  const auto chosen = log_spaced(checkpoint_series(run_with(folder, {0, 1, 3, 10, 32, 100, 316, 1000}), 2), 4);
  REQUIRE(chosen.size() == 4);
  CHECK(chosen[0].step == 0);
  CHECK(chosen[1].step == 10);
  CHECK(chosen[2].step == 100);
  CHECK(chosen[3].step == 1000);
}

}  // namespace
}  // namespace othello::test
