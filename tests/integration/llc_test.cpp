// If these fail, a learning coefficient cannot be asked for, read, stopped or compared with known ones as its help
// says. Tiny models, seconds.
#include "common/files.h"
#include "tests/support/cli_run.h"

namespace othello::test {
namespace {

ProcessResult llc(const Run& of, const std::vector<std::string>& more) {
  std::vector<std::string> arguments{"llc",     "--model", of.path,   "--games",     "16",      "--batch",  "4",
                                     "--draws", "12",      "--quiet", "--step-size", "0.00001", "--chains", "2"};
  for (const auto& flag : more) {
    if (const auto at = std::find(arguments.begin(), arguments.end(), flag);
        flag.starts_with("--") && at != arguments.end() && flag != "--quiet")
      arguments.erase(at, at + 2);
    arguments.push_back(flag);
  }
  return of.run(arguments);
}

TEST_CASE("coefficients of components and subsets come with all that says whether they can be trusted") {
  const Run of;
  const std::vector<std::string> asked{"--component", "all,each-head,blocks.1.mlp", "--subset",
                                       "flips:0,ply:1-10,player:greedy:1"};
  const auto text = llc(of, asked);
  INFO(text.err);
  REQUIRE(text.code == 0);
  CHECK(long_lines(text.out) == "");
  for (const char* nonsense : {"nan", "null", "inf "}) CHECK_FALSE(contains(text.out, nonsense));
  const auto stored = parse_json(read_file(of.results("llc.json")), "llc.json");
  CHECK(stored["schema"] == "othello-gpt/llc/1");
  for (const char* field :
       {"n_beta", "gamma", "step_size", "draws", "burn_in", "chains", "batch_games", "games", "sampler"})
    CHECK(stored["settings"].contains(field));
  CHECK(stored["sweep"].is_null());
  REQUIRE(stored["estimates"].size() == 6 * 4);
  for (const Json& row : stored["estimates"]) {
    for (const char* field : {"checkpoint", "step", "games", "decayed", "component", "subset", "llc", "valid", "chains",
                              "chain_std", "loss_at_start", "trace", "drift", "acceptance", "parameters"})
      CHECK(row.contains(field));
    CHECK(row["llc"]["n"] == 2);
    CHECK(row["valid"].get<bool>() != row.contains("reason"));
  }
  CHECK(stored["estimates"][0]["step"] == 2);
  CHECK(stored["estimates"][0]["decayed"].is_boolean());
}

TEST_CASE("a series of checkpoints is estimated in order, and one with too few or a gap is refused") {
  const Run of;
  CHECK(contains(refusal(llc(of, {"--checkpoints", "3"}), 1), "keep_log_spaced"));
  const auto run = (of.folder / "series").string();
  REQUIRE(of.run({"train", "--games", "64", "--out", run, "--board", "6", "--set", "model.layers=1", "--set",
                  "model.d_model=16", "--set", "model.heads=2", "--set", "train.batch_games=16", "--set",
                  "train.keep_every=1", "--quiet"})
              .code == 0);
  const auto found = document(llc(of, {"--model", run, "--checkpoints", "3", "--json"}));
  REQUIRE(found["estimates"].size() == 3);
  CHECK(found["estimates"][2]["step"] == 4);
  CHECK(found["estimates"][2]["games"] == 64);
  fs::remove_all(fs::path(run) / "checkpoints" / "step_00000002");
  CHECK(contains(refusal(llc(of, {"--model", run, "--checkpoints", "3"}), 1), "gap"));
  const auto file = (fs::path(run) / "checkpoints" / "step_00000004" / "model.safetensors").string();
  CHECK(document(llc(of, {"--model", file, "--json"}))["estimates"][0]["decayed"].is_null());
  CHECK(contains(refusal(llc(of, {"--model", file, "--checkpoints", "3"}), 1), "no run folder"));
}

TEST_CASE("a sweep shows the grid, and a dry run only what it would take") {
  const Run of;
  const auto dry = document(llc(of, {"--dry-run", "--json"}));
  CHECK(dry["cost"]["seconds"].get<double>() > 0);
  CHECK_FALSE(dry.contains("estimates"));
  CHECK_FALSE(fs::exists(of.results("llc.json")));
  const auto sweep = document(llc(of, {"--sweep", "--draws", "4", "--step-size", "0.0001", "--json"}));
  REQUIRE(sweep["sweep"].size() == 25);
  for (const Json& row : sweep["sweep"])
    for (const char* field : {"step_size", "gamma", "n_beta", "burn_in", "llc", "valid"}) CHECK(row.contains(field));
}

TEST_CASE("chains that leave the model are shown as not valid") {
  const Run of;
  const auto text = llc(of, {"--step-size", "1"});
  REQUIRE(text.code == 0);
  CHECK(contains(text.out, "NOT VALID"));
  CHECK_FALSE(contains(text.out, "nan"));
  const auto stored = parse_json(read_file(of.results("llc.json")), "llc.json");
  CHECK_FALSE(stored["estimates"][0]["valid"].get<bool>());
  CHECK(stored["estimates"][0].contains("llc"));
  CHECK_FALSE(contains(text.out, " ["));  // no figure of it
}

TEST_CASE("games of a dataset are not taken twice, and those a model has seen are said to be so") {
  const Run of;
  const auto data = (of.folder / "dataset").string();
  REQUIRE(of.run({"generate", "--games", "10", "--board", "6", "--out", data, "--quiet"}).code == 0);
  CHECK(document(llc(of, {"--player", "dataset:" + data, "--json"}))["settings"]["games"] == 8);
  CHECK(contains(refusal(llc(of, {"--subset", "player:dataset:" + data}), 1), "has 10 games, not 16"));
  const auto run = (of.folder / "trained").string();
  REQUIRE(of.run({"train", "--games", "16", "--out", run, "--data", data, "--board", "6", "--set", "model.layers=1",
                  "--set", "model.d_model=16", "--set", "model.heads=2", "--set", "train.batch_games=8", "--quiet"})
              .code == 0);
  const auto seen = of.run({"llc", "--model", run, "--player", "uniform", "--subset", "player:dataset:" + data,
                            "--games", "8", "--batch", "4", "--draws", "4", "--chains", "2"});
  INFO(seen.err);
  CHECK(seen.code == 0);
  CHECK(contains(seen.err, "trained on the games of the subset"));
}

TEST_CASE("an earlier result that cannot be read is found before the work") {
  const Run of;
  fs::create_directories(fs::path(of.results("llc.json")).parent_path());
  write_file(of.results("llc.json"), "not JSON");
  const auto stopped = of.run({"llc", "--model", of.path, "--games", "16", "--batch", "4", "--draws", "4"});
  CHECK(stopped.code == 1);
  CHECK(contains(stopped.err, "llc.json"));
  CHECK_FALSE(contains(stopped.err, "this will take"));
}

TEST_CASE("the sampler can be compared with known coefficients") {
  const auto calibrated =
      document(run_process(OTHELLO_BINARY, {"llc", "--calibrate", "--draws", "4000", "--json", "--quiet"}));
  CHECK(calibrated["estimates"].empty());
  for (const Json& row : calibrated["cases"])
    for (const char* field : {"name", "truth", "estimate", "low", "high"}) CHECK(row.contains(field));
  const auto& gaussian = calibrated["cases"][0];
  CHECK(gaussian["name"] == "linear-gaussian");
  CHECK(gaussian["estimate"].get<double>() == Approx(gaussian["truth"].get<double>()).epsilon(0.25));
}

TEST_CASE("what cannot be sampled is refused in one sentence") {
  const Run of;
  const auto refused = [&](const std::vector<std::string>& flags, int code, const std::string& word) {
    CHECK(contains(refusal(llc(of, flags), code), word));
  };
  refused({"--gamma", "0"}, 2, "flat prior");
  refused({"--gamma", "-1"}, 2, "--gamma");
  refused({"--step-size", "-1"}, 2, "--step-size");
  refused({"--n-beta", "nan"}, 2, "--n-beta");
  refused({"--chains", "1"}, 2, "--chains");
  refused({"--component", "blocks.1.ml"}, 1, "'blocks.1.mlp'");
  refused({"--subset", "flip:2"}, 1, "'flips:2'");
  refused({"--subset", "player:nonsense"}, 2, "nonsense");
  refused({"--batch", "32"}, 1, "fewer than one minibatch");
  refused({"--checkpoints", "1"}, 2, "--checkpoints");
  refused({"--sweep", "--checkpoints", "3"}, 2, "--checkpoints");
  refused({"--sweep", "--subset", "flips:0"}, 2, "--subset");
  refused({"--sweep", "--component", "each-block"}, 2, "one component");
  CHECK(contains(refusal(of.run({"llc", "--calibrate", "--gamma", "5"}), 2), "--gamma"));
  CHECK(contains(refusal(of.run({"llc"}), 2), "--model"));
  CHECK_FALSE(fs::exists(of.results("llc.json")));
}

}  // namespace
}  // namespace othello::test
