// A run is a folder: it must never swallow another run and must survive being cut off.
#include "common/run_folder.h"

#include <fstream>
#include <memory>

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

TEST_CASE("A start that was killed before its config.json does not bar the next one") {
  const TemporaryFolder folder;
  { RunFolder::create(folder / "run"); }
  write_file(folder / "run" / "config.json.tmp-12", "{");
  { RunFolder::create(folder / "run"); }
  CHECK_FALSE(fs::exists(folder / "run" / "config.json.tmp-12"));
  write_file(folder / "run" / "checkpoints" / "x", "precious");
  CHECK(contains(error_of([&] { RunFolder::create(folder / "run"); }), "not empty"));
  CHECK(fs::exists(folder / "run" / "results"));
}

TEST_CASE("Two processes cannot train one run") {
  const TemporaryFolder folder;
  auto run = std::make_unique<RunFolder>(RunFolder::create(folder / "run"));
  run->write_config(Json::object());
  run->lock();  // its own lock does not stand in its way
  auto other = RunFolder::open(folder / "run");
  CHECK(contains(error_of([&] { other.lock(); }), "another process"));
  run.reset();
  other.lock();
}

TEST_CASE("A resumed run removes what killed processes left and nothing else") {
  const TemporaryFolder folder;
  const auto run = RunFolder::create(folder / "run");
  run.write_config(Json::object());
  fs::create_directory(run.checkpoint(5));
  fs::create_directories(run.checkpoints() / "step_00000007.tmp-12" / "deep");
  fs::create_directory(run.checkpoints() / "step_00000003.tmp-");
  write_file(run.path() / "metrics.jsonl.tmp-99", "{");
  write_file(run.path() / "results" / "train.json.tmp-99", "{");
  run.remove_leftovers();
  CHECK(fs::exists(run.checkpoint(5)));
  CHECK(std::distance(fs::directory_iterator(run.path()), {}) == 3);
  CHECK(std::distance(fs::directory_iterator(run.checkpoints()), {}) == 1);
  CHECK(fs::is_empty(run.path() / "results"));
  run.remove_checkpoint(5);
  CHECK(fs::is_empty(run.checkpoints()));
}

TEST_CASE("What is no run is not opened as one") {
  const TemporaryFolder folder;
  CHECK(contains(error_of([&] { RunFolder::open(folder / "missing"); }), "no such run folder"));
  CHECK(contains(error_of([&] { RunFolder::open(folder.path()); }), "is not a run"));
  for (const char* name : {"config.json", "model.safetensors"})
    std::ofstream(folder / name) << "{}";  // a shipped model
  CHECK(contains(error_of([&] { RunFolder::open(folder.path()); }), "is not a run"));
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
