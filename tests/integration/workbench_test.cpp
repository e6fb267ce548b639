// If these fail, a researcher's path from nothing to an answer is broken. A tiny model, seconds.
#include "common/config.h"
#include "common/files.h"
#include "data/dataset_files.h"
#include "engine/notation.h"
#include "tests/support/files.h"
#include "tests/support/process.h"
#include "tests/support/test.h"

namespace othello::test {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kTiny{
    "--board",          "6",     "--set",         "model.layers=2", "--set",
    "model.d_model=16", "--set", "model.heads=2", "--set",          "train.batch_games=16",
    "--quiet"};

ProcessResult run(std::vector<std::string> arguments, const std::vector<std::string>& more = {},
                  int interrupt_after = 0) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_process(OTHELLO_BINARY, arguments, interrupt_after);
}

Json result_of(const ProcessResult& process) {
  INFO(process.err);
  REQUIRE(process.code == 0);
  return parse_json(process.out, "stdout");
}

std::string weights_of(const fs::path& run) {
  for (const auto& entry : fs::directory_iterator(run / "checkpoints"))
    if (entry.path().filename() == "step_00000040") return sha256(read_file(entry.path() / "model.safetensors"));
  return "none";
}

}  // namespace

TEST_CASE("train, evaluate, probe, intervene, patch and report work one after the other") {
  const TemporaryFolder folder;
  const auto path = (folder / "run").string();
  const auto trained = result_of(run({"train", "--games", "640", "--out", path, "--json"}, kTiny));
  CHECK(trained["schema"] == "othello-gpt/train/1");
  for (const char* field : {"games", "steps", "seconds", "games_per_second", "workers", "parameters", "loss"})
    CHECK(trained.contains(field));
  CHECK(trained["games"] == 640);
  for (const char* file : {"config.json", "manifest.json", "metrics.jsonl", "run.log", "results/train.json"})
    CHECK(fs::exists(folder / "run" / file));

  const auto evaluated = result_of(run({"evaluate", "--model", path, "--games", "64", "--json"}));
  for (const char* field : {"cross_entropy", "floor", "excess", "legal_top1", "legal_mass"})
    CHECK(evaluated[field].contains("low"));
  const auto again = result_of(run({"evaluate", "--model", path, "--games", "64", "--workers", "1", "--json"}));
  CHECK(again["cross_entropy"] == evaluated["cross_entropy"]);

  const auto missing = run({"intervene", "--model", path});
  CHECK(missing.code == 1);
  CHECK(contains(missing.err, "othello-gpt probe"));

  const auto probed = result_of(run({"probe", "--model", path, "--games", "120", "--json", "--quiet"}));
  std::size_t sites = 0;
  for (const auto& row : probed["probes"]) sites += row["kind"] == "ridge";
  CHECK(sites == 3);
  CHECK(probed["best"]["differences"].contains("one-hot"));
  const auto intervened = result_of(run({"intervene", "--model", path, "--case-count", "60", "--json", "--quiet"}));
  CHECK(intervened["cases"] == 60);
  const std::vector<std::string> patching{"patch", "--model", path, "--clean", "d3c5f6f3e3d2", "--quiet", "--corrupt"};
  const auto patched = result_of(run(patching, {"d3c5e6f3e3f2", "--json"}));
  CHECK(patched["schema"] == "othello-gpt/patch/1");
  CHECK(patched["grid"][0]["recovery"].size() == 6);
  CHECK(patched["direct_logit"]["sum"].get<double>() ==
        Approx(patched["direct_logit"]["logit"].get<double>()).margin(1e-4));
  CHECK(patched["saliency"]["raw"].size() == 64);
  CHECK(contains(run(patching, {"d3c5e6f3e3f2"}).out, "latent saliency"));
  CHECK(run(patching, {"d3c5e6f3e3g7"}).code == 2);  // not legal
  const auto shorter = run(patching, {"d3c5e6f3e3"});
  CHECK(shorter.code == 1);
  CHECK(contains(shorter.err, "equally many"));
  CHECK(run({"report", path}).code == 0);
  CHECK(contains(read_file(folder / "run" / "report.html"), "</html>"));
  CHECK(contains(read_file(folder / "run" / "report.html"), "Where does a move come from?"));
  const auto inspected = result_of(run({"inspect", path, "--json"}));
  CHECK(inspected["kind"] == "run");
  CHECK_FALSE(contains(run({"inspect", path}).out, "{"));  // tables, not JSON
  const std::string probe_file = folder / "run" / "results" / "probes.safetensors";
  const auto probes = result_of(run({"inspect", probe_file, "--json"}));
  CHECK(probes["kind"] == "probes");
  CHECK(probes["sites"][0] == "blocks.0.hook_resid_pre");
  CHECK(probes["groups"][0]["target"] == "mine-yours-empty");
  CHECK(probes["model"]["config"]["board"] == 6);

  auto other = parse_json(read_file(folder / "run" / "results" / "evaluate.json"), "evaluate");
  other["model"]["step"] = 3;
  write_file(folder / "run" / "results" / "evaluate.json", json_text(other));
  CHECK(contains(run({"report", path}).err, "belongs to step 3"));

  const auto occupied = run({"train", "--games", "16", "--out", path}, kTiny);
  CHECK(occupied.code == 1);
  CHECK(contains(occupied.err, "already holds a run"));
}

TEST_CASE("a model is evaluated on games of the player that it was trained on unless another is named") {
  const TemporaryFolder folder;
  const auto path = (folder / "run").string();
  result_of(run({"train", "--games", "64", "--out", path, "--json", "--player", "greedy:20", "--targets", "expected"},
                kTiny));
  const std::vector<std::string> evaluation{"evaluate", "--model", path, "--games", "40", "--json"};
  const auto own = result_of(run(evaluation)), uniform = result_of(run(evaluation, {"--player", "uniform"}));
  CHECK(own["model"]["player"] == "greedy:20");
  CHECK(own["data"]["player"] == "greedy:20");
  CHECK(uniform["data"]["player"] == "uniform");
  CHECK(own["floor"]["mean"].get<double>() == Approx(0.72).margin(0.15));
  CHECK(uniform["floor"]["mean"].get<double>() == Approx(1.54).margin(0.1));
  const auto probed = result_of(run({"probe", "--model", path, "--games", "60", "--no-logistic", "--json", "--quiet"}));
  CHECK(probed["data"]["player"] == "greedy:20");
  const auto kept = (folder / "probes.safetensors").string();  // of a model that is no run
  const auto checkpoint = (folder / "run" / "checkpoints" / "step_00000004").string();
  result_of(
      run({"probe", "--model", checkpoint, "--games", "60", "--no-logistic", "--probes", kept, "--json", "--quiet"}));
  result_of(run({"intervene", "--model", checkpoint, "--probes", kept, "--case-count", "30", "--json", "--quiet"}));
  const auto intervened = result_of(run({"intervene", "--model", path, "--case-count", "30", "--json", "--quiet"}));
  CHECK(intervened["data"]["player"] == "greedy:20");
}

TEST_CASE("a model is evaluated on the games of a dataset, whose floor is its player's") {
  const TemporaryFolder folder;
  const auto path = (folder / "run").string();
  result_of(run({"train", "--games", "64", "--out", path, "--json"}, kTiny));
  const auto dataset = [&](const std::string& name, const std::string& player, const std::string& seed) {
    const auto out = (folder / name).string();
    result_of(run({"generate", "--games", "30", "--board", "6", "--seed", seed, "--player", player, "--out", out,
                   "--json", "--quiet"}));
    return out;
  };
  const std::vector<std::string> evaluation{"evaluate", "--model", path, "--json", "--quiet", "--data"};
  const auto evaluate = [&](const std::vector<std::string>& more) { return run(evaluation, more); };

  const auto own = result_of(evaluate({dataset("own", "greedy:20", "1")}));
  CHECK(own["games"] == 30);
  CHECK(own["data"]["player"] == "greedy:20");
  CHECK(own["data"]["held_out"] == true);
  CHECK(own["floor"]["mean"].get<double>() == Approx(0.72).margin(0.15));
  CHECK(result_of(evaluate({(folder / "own").string(), "--games", "7"}))["games"] == 7);
  const auto trained_on = evaluate({dataset("seen", "uniform", "1")});  // the training's own seed
  CHECK(result_of(trained_on)["data"]["held_out"] == false);
  CHECK(contains(trained_on.err, "was trained on games of"));

  result_of(run(
      {"export", (folder / "own").string(), "--format", "transcript", "--out", (folder / "g.txt").string(), "--json"}));
  result_of(run({"import", (folder / "g.txt").string(), "--board", "6", "--out", (folder / "people").string(), "--json",
                 "--quiet"}));
  const auto imported = result_of(evaluate({(folder / "people").string()}));
  for (const char* field : {"floor", "excess", "kl_player"}) CHECK(imported[field].is_null());
  CHECK(imported["cross_entropy"]["mean"].get<double>() > 1);
  const auto text = run({"evaluate", "--model", path, "--data", (folder / "people").string(), "--quiet"}).out;
  CHECK(contains(text, "nobody knows the distribution"));
  CHECK(contains(text, "trained on sampled moves (the move that was played)"));
  CHECK(run({"report", path}).code == 0);

  CHECK(evaluate({(folder / "own").string(), "--player", "uniform"}).code == 2);
  result_of(run({"generate", "--games", "3", "--out", (folder / "eight").string(), "--json", "--quiet"}));
  CHECK(contains(evaluate({(folder / "eight").string()}).err, "8×8, but the model plays 6×6"));
}

TEST_CASE("the world-model metrics come with their controls, and are the same for any number of workers") {
  const TemporaryFolder folder;
  const auto path = (folder / "run").string();
  result_of(run({"train", "--games", "64", "--out", path, "--json"}, kTiny));
  const std::vector<std::string> evaluation{"evaluate", "--model",       path,      "--games", "40",
                                            "--json",   "--world-model", "--pairs", "6",       "--quiet"};
  const auto found = result_of(run(evaluation))["world_model"];
  CHECK(found["compression"]["n"] == 6);
  CHECK(found["distinction_recall"].contains("low"));
  CHECK(found["controls"][0]["name"] == "untrained");
  CHECK(found["controls"][1]["name"] == "empty-squares");
  CHECK(found["controls"][1]["compression"]["mean"] == 1);
  CHECK(result_of(run(evaluation, {"--workers", "1"}))["world_model"] == found);
  CHECK(run({"report", path}).code == 0);
  CHECK(contains(run({"evaluate", "--model", "pretrained/nothing"}).err, "no such pretrained model"));
  CHECK(run({"evaluate", "--model", path, "--pairs", "6"}).code == 2);
}

TEST_CASE("figures on replayed games that the model was trained on say so") {
  const TemporaryFolder folder;
  const auto path = (folder / "run").string(), other = "expert-replay:" + (folder / "b").string();
  for (const char* name : {"a", "b"})
    result_of(run({"generate", "--games", "30", "--board", "6", "--seed", name[0] == 'a' ? "1" : "2", "--player",
                   "greedy:20", "--out", (folder / name).string(), "--json", "--quiet"}));
  result_of(
      run({"train", "--games", "64", "--out", path, "--json", "--player", "expert-replay:" + (folder / "a").string()},
          kTiny));
  const std::vector<std::string> evaluation{"evaluate", "--model", path, "--games", "40", "--json", "--quiet"};
  const auto seen = run(evaluation), fresh = run(evaluation, {"--player", other});
  CHECK(contains(seen.err, "was trained on the games of expert-replay:"));
  CHECK(result_of(seen)["data"]["held_out"] == false);
  CHECK(fresh.err.empty());
  CHECK(result_of(fresh)["data"]["held_out"] == true);

  // What the weights saw before --init counts as well, and what is not there any more cannot be told apart.
  const auto next = (folder / "next").string();
  result_of(
      run({"train", "--init", path, "--data", (folder / "b").string(), "--games", "64", "--out", next, "--json"}));
  const auto on = [&](const char* name) {
    return run({"evaluate", "--model", next, "--data", (folder / name).string(), "--json", "--quiet"});
  };
  CHECK(result_of(on("a"))["model"]["earlier"][0]["player"].get<std::string>().starts_with("expert-replay:"));
  for (const char* name : {"a", "b"}) CHECK(contains(on(name).err, "was trained on games of"));
  result_of(run({"generate", "--games", "30", "--board", "6", "--seed", "3", "--player", "greedy:20", "--out",
                 (folder / "c").string(), "--json", "--quiet"}));
  CHECK(result_of(on("c"))["data"]["held_out"] == true);
  std::filesystem::remove_all(folder / "a");
  CHECK(contains(on("c").err, "may have been trained on games of"));
}

TEST_CASE("Ctrl-C saves and exits 130, and --resume ends in the weights of an uninterrupted run") {
  const TemporaryFolder folder;
  const std::vector<std::string> length{"--games", "640", "--set", "model.layers=4", "--set", "model.d_model=128"};
  const auto train = [&](const std::string& name, int interrupt_after) {
    auto arguments = kTiny;
    arguments.insert(arguments.end(), length.begin(), length.end());
    return run({"train", "--out", (folder / name).string()}, arguments, interrupt_after);
  };
  REQUIRE(train("whole", 0).code == 0);
  const auto stopped = train("stopped", 900);
  if (stopped.code != 0) {  // a fast machine may have finished first
    CHECK(stopped.code == 130);
    CHECK(run({"train", "--resume", "--out", (folder / "stopped").string(), "--workers", "1", "--quiet"}).code == 0);
  }
  CHECK(weights_of(folder / "stopped") == weights_of(folder / "whole"));
  CHECK(weights_of(folder / "whole") != "none");
}

/// A tiny model in the place of pretrained/mini, with what lies beside it.
struct TinyShipped {
  TinyShipped() : where("OTHELLO_PRETRAINED") {
    const fs::path run_folder = folder / "tiny", mini = folder / "models" / "mini";
    result_of(run({"train", "--games", "64", "--out", run_folder.string(), "--json"}, kTiny));
    fs::create_directories(mini);
    result_of(run({"export", "--model", run_folder.string(), "--format", "model", "--out",
                   (mini / "model.safetensors").string(), "--json", "--quiet"}));
    fs::copy_file(run_folder / "config.json", mini / "config.json");
    fs::copy_file(run_folder / "metrics.jsonl", mini / "curve.jsonl");
    where.set((folder / "models").string());
  }

  TemporaryFolder folder;
  ScopedEnvironment where;
};

TEST_CASE("quickstart tells the whole story of the model that ships, beside the one just trained") {
  const TinyShipped tiny;
  const auto path = tiny.folder / "q";
  const auto result = result_of(run({"quickstart", "--out", path.string(), "--minutes", "0.05", "--probe-games", "120",
                                     "--json", "--set", "train.seed=77"},
                                    kTiny));
  CHECK(result["model"] == "pretrained/mini");
  CHECK(result["verdict"].size() == 3);
  CHECK(result["own"]["verdict"].size() == 3);
  CHECK(contains(result["trained_on"].get<std::string>(), "The shipped model pretrained/mini was trained on"));
  CHECK(contains(result["own"]["trained_on"].get<std::string>(), "Your model was trained on"));
  const auto shipped = parse_json(read_file(path / "shipped" / "results" / "probe.json"), "probe");
  const auto own = parse_json(read_file(path / "results" / "probe.json"), "probe");
  CHECK(shipped["model"]["sha256"] == sha256(read_file(tiny.folder / "models" / "mini" / "model.safetensors")));
  CHECK(own["model"]["sha256"] != shipped["model"]["sha256"]);
  CHECK(own["best"]["differences"].contains("one-hot"));
  const auto page = read_file(path / "report.html");
  for (const char* id : {"run", "learning", "shipped", "evaluation", "probe", "intervention", "own-probe"})
    CHECK(contains(page, "id=\"" + std::string(id) + "\""));
  CHECK(run({"report", path.string()}).code == 0);
  CHECK(read_file(path / "report.html") == page);
}

TEST_CASE("quickstart without the models that ship tells the story of its own and says so") {
  const TemporaryFolder folder;
  const ScopedEnvironment where("OTHELLO_PRETRAINED");
  where.set(folder.path().string());
  std::vector<std::string> loud(kTiny.begin(), kTiny.end() - 1);
  const auto process = run({"quickstart", "--out", (folder / "q").string(), "--probe-games", "120", "--json", "--set",
                            "train.minutes=0", "--set", "train.steps=4"},
                           loud);
  const auto result = result_of(process);
  CHECK(contains(process.err, "pretrained/mini is not there"));
  CHECK(result["verdict"].size() == 3);
  CHECK_FALSE(result.contains("own"));
  CHECK(contains(read_file(folder / "q" / "report.html"), "id=\"probe\""));
  CHECK_FALSE(fs::exists(folder / "q" / "shipped"));
}

TEST_CASE("a model that ships answers to its name in every command, wherever one stands") {
  const TinyShipped tiny;
  const auto before = fs::current_path();
  fs::create_directory(tiny.folder / "elsewhere");
  fs::current_path(tiny.folder / "elsewhere");
  const std::vector<std::vector<std::string>> commands{
      {"inspect", "pretrained/mini"},
      {"evaluate", "--model", "pretrained/mini", "--games", "4"},
      {"probe", "--model", "pretrained/mini/", "--games", "60", "--no-logistic", "--no-widths", "--no-controls",
       "--no-details", "--untrained", "0", "--probes", "probes.safetensors"},
      {"intervene", "--model", "pretrained/mini", "--probes", "probes.safetensors", "--layers", "0,1", "--scales",
       "0.2", "--case-count", "4", "--no-controls", "--rollout", "0"},
      {"patch", "--model", "pretrained/mini", "--clean", "d3c5f6f3e3d2", "--corrupt", "d3c5e6f3e3f2"},
      {"ntk", "--model", "pretrained/mini", "--dry-run"},
      {"llc", "--model", "pretrained/mini", "--dry-run"},
      {"export", "--model", "pretrained/mini", "--format", "model", "--out", "mini.safetensors"},
      {"train", "--init", "pretrained/mini", "--games", "16", "--out", "more"}};
  for (const auto& command : commands) {
    const auto process = run(command, {"--quiet"});
    INFO(command[0] << ": " << process.err);
    CHECK(process.code == 0);
  }
  {
    const ScopedEnvironment from_source("OTHELLO_PRETRAINED");
    CHECK(result_of(run({"inspect", "pretrained", "--json"}))["board"] == 8);  // small
    CHECK(result_of(run({"inspect", "pretrained/mini", "--json"}))["d_model"] == 128);
  }
  fs::current_path(before);
  CHECK_FALSE(fs::exists(tiny.folder / "models" / "mini" / "results"));
}

TEST_CASE("bad input to the model's commands gets one sentence and the right exit code") {
  const TemporaryFolder folder;
  const auto fails = [&](const std::vector<std::string>& arguments, int code, const std::string& part) {
    const auto process = run(arguments);
    INFO(process.err);
    CHECK(process.code == code);
    CHECK(contains(process.err, part));
    CHECK(std::count(process.err.begin(), process.err.end(), '\n') == 1);
    CHECK(process.out.empty());
  };
  const auto out = (folder / "x").string();
  fails({"train", "--out", out}, 2, "--minutes");
  fails({"train", "--out", out, "--minutes", "nan"}, 2, "nan");
  write_file(folder / "deep.json", std::string(200000, '[') + std::string(200000, ']'));
  fails({"train", "--out", out, "--games", "10", "--config", (folder / "deep.json").string()}, 1, "nested deeper");
  fails({"train", "--out", out, "--games", "10", "--set", "train.precison=fp32"}, 1, "train.precision");
  fails({"train", "--out", out, "--games", "10", "--set", "train.batch_games=many"}, 1, "train.batch_games");
  fails({"train", "--out", out, "--games", "10", "--set", "model.layers=0"}, 1, "model.layers");
  fails({"train", "--out", out, "--games", "10", "--board", "7"}, 2, "--board");
  fails({"train", "--out", out, "--games", "10", "--player", "greedy"}, 2, "temperature");
  fails({"train", "--out", out, "--games", "10", "--set", "train.player=expert"}, 2, "expert-replay:DATASET");
  fails({"train", "--out", out, "--games", "10", "--player", "restricted:" + out}, 1, "no such file");
  const auto one_move = (folder / "one").string();
  fs::create_directories(one_move);
  DatasetDocument dataset;
  dataset.header.board = 6;
  dataset.header.games = dataset.header.plies = 1;
  dataset.shards.push_back(
      write_shard(one_move, 0, to_tokens(std::vector{parse_game("f5", kBoard6)}, Vocabulary(kBoard6))));
  write_dataset_document(one_move, dataset);
  fails({"train", "--out", (folder / "short").string(), "--games", "64", "--board", "6", "--quiet", "--player",
         "expert-replay:" + one_move},
        1, "without a second move");
  fails({"train", "--out", out, "--resume"}, 1, "no such run");
  fails({"train", "--out", "/proc/nothing/here", "--games", "10"}, 1, "/proc/nothing");
  fails({"evaluate", "--model", out}, 1, "no such run");
  fails({"evaluate"}, 2, "--model");
  write_file(folder / "corrupt.safetensors", std::string(100, '\xff'));
  fails({"evaluate", "--model", (folder / "corrupt.safetensors").string()}, 1, "corrupt.safetensors");
  fails({"probe", "--model", (folder / "corrupt.safetensors").string()}, 1, "corrupt.safetensors");
  fails({"report", folder.path().string()}, 1, "config.json");
  CHECK_FALSE(fs::exists(folder / "x"));
}

}  // namespace othello::test
