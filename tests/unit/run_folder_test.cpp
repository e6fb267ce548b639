// A run is a folder: it must never swallow another run and must survive being cut off.
#include "common/run_folder.h"

#include <fstream>

#include "common/files.h"
#include "tests/support/files.h"
#include "tests/support/test.h"

using namespace othello;
using namespace othello::test;
namespace fs = std::filesystem;

TEST_CASE("A run that was made opens again with its configuration") {
  const TemporaryFolder folder;
  const auto run = RunFolder::create(folder / "run");
  CHECK_FALSE(RunFolder::is_run(folder / "run"));
  run.write_config({{"model", {{"layers", 2}}}});
  CHECK(RunFolder::is_run(folder / "run"));
  CHECK(RunFolder::open(folder / "run").read_config_file()["model"]["layers"] == 2);
  run.write_result("probe", {{"schema", "othello-gpt/probe/1"}});
  CHECK(fs::is_regular_file(folder / "run" / "results" / "probe.json"));
}

TEST_CASE("A new run never goes into a folder that holds something") {
  const TemporaryFolder folder;
  RunFolder::create(folder / "run").write_config(Json::object());
  CHECK(contains(error_of([&] { RunFolder::create(folder / "run"); }), "already holds a run"));
  fs::create_directory(folder / "other");
  write_file(folder / "other" / "thesis.tex", "x");
  CHECK(contains(error_of([&] { RunFolder::create(folder / "other"); }), "not empty"));
  CHECK(contains(error_of([&] { RunFolder::create(folder / "other" / "thesis.tex"); }), "a folder was expected"));
  CHECK(read_file(folder / "other" / "thesis.tex") == "x");
}

TEST_CASE("What is no run is not opened as one") {
  const TemporaryFolder folder;
  CHECK(contains(error_of([&] { RunFolder::open(folder / "missing"); }), "no such run folder"));
  CHECK(contains(error_of([&] { RunFolder::open(folder.path()); }), "no config.json"));
}

TEST_CASE("Metrics survive a torn last line and a damaged one is named") {
  const TemporaryFolder folder;
  const auto run = RunFolder::create(folder / "run");
  CHECK(run.read_metrics().empty());
  for (const int step : {10, 20, 30}) run.append_metrics({{"step", step}});
  std::ofstream(run.metrics_file(), std::ios::app) << "{\"step\": 4";
  const auto lines = run.read_metrics();
  REQUIRE(lines.size() == 3);
  CHECK(lines[2]["step"] == 30);
  run.append_metrics({{"step", 50}});
  CHECK(contains(error_of([&] { run.read_metrics(); }), "line 4: not valid JSON"));
  write_file(run.metrics_file(), "{\"step\": \"x\"}\n");
  CHECK(contains(error_of([&] { run.read_metrics(); }), "whole number 'step'"));
}

TEST_CASE("A resumed run drops the metrics that it will write anew") {
  const TemporaryFolder folder;
  const auto run = RunFolder::create(folder / "run");
  for (const int step : {10, 20, 30}) run.append_metrics({{"step", step}});
  std::ofstream(run.metrics_file(), std::ios::app) << "{\"step\": 4";
  run.truncate_metrics(20);
  run.append_metrics({{"step", 25}});
  const auto lines = run.read_metrics();
  REQUIRE(lines.size() == 3);
  CHECK(lines[1]["step"] == 20);
  CHECK(lines[2]["step"] == 25);
}

TEST_CASE("Only complete checkpoints count and in the order of their steps") {
  const TemporaryFolder folder;
  const auto run = RunFolder::create(folder / "run");
  for (const long step : {12000L, 500L, 123456789L}) {
    fs::create_directory(run.checkpoint(step));
    write_file(run.checkpoint(step) / "state.json", "{}");
  }
  fs::create_directory(run.checkpoint(7));  // without its state: not complete
  for (const char* name : {"step_00000700.tmp-12", "step_", "other", "x", "step_1x"})
    fs::create_directory(run.checkpoints() / name);
  CHECK(run.checkpoint_steps() == std::vector<long>{500, 12000, 123456789});
  CHECK(run.checkpoint(12000).filename() == "step_00012000");
}

TEST_CASE("Results say which command made them") {
  const char* const words[] = {"othello-gpt", "perft", "--depth", "3"};
  set_command_line(4, words);
  const Json envelope = result_envelope("perft");
  CHECK(envelope["schema"] == "othello-gpt/perft/1");
  CHECK(envelope["command"] == Json({"othello-gpt", "perft", "--depth", "3"}));
  const Json facts = build_facts();
  CHECK(facts["cores"] >= 1);
  CHECK_FALSE(facts["version"].get<std::string>().empty());
}
