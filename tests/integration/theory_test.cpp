// If these fail, a researcher gets no answer from the tangent kernel, or one that lacks its controls.
#include "common/files.h"
#include "tests/support/cli_run.h"

namespace othello::test {
namespace {

/// A tiny run with checkpoints of steps 0, 1, 2, 3, 6 and 10.
struct Series {
  explicit Series() : path((folder / "run").string()) {
    const auto trained =
        run_process(OTHELLO_BINARY, {"train", "--games", "160", "--out", path, "--board", "6", "--set",
                                     "model.layers=2", "--set", "model.d_model=16", "--set", "model.heads=2", "--set",
                                     "train.batch_games=16", "--set", "train.keep_log_spaced=4", "--quiet"});
    INFO(trained.err);
    REQUIRE(trained.code == 0);
  }
  ProcessResult ntk(const std::vector<std::string>& more) const {
    std::vector<std::string> arguments{"ntk", "--model", path, "--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_process(OTHELLO_BINARY, arguments);
  }
  fs::path result() const { return fs::path(path) / "results" / "ntk.json"; }

  TemporaryFolder folder;
  std::string path;
};

bool is_estimate(const Json& e) { return e.is_object() && e.contains("mean") && e.contains("low") && e.contains("n"); }

const std::vector<std::string> kSmall{"--positions", "128", "--report", "64", "--init-seeds", "1"};

std::vector<std::string> with(std::vector<std::string> flags) {
  flags.insert(flags.begin(), kSmall.begin(), kSmall.end());
  return flags;
}

}  // namespace

TEST_CASE("ntk reads the board from inputs, kernels and activations on the same positions, over training too") {
  const Series run;
  const auto text = run.ntk(with({"--checkpoints", "3", "--checkpoint-positions", "64"}));
  INFO(text.err);
  REQUIRE(text.code == 0);
  CHECK(long_lines(text.out) == "");
  CHECK_FALSE(contains(text.out, "nan"));
  CHECK(contains(text.err, "128 positions to fit are few"));
  const auto d = parse_json(read_file(run.result()), "ntk.json");
  CHECK(d["schema"] == "othello-gpt/ntk/1");
  CHECK(d["kernel"]["method"] == "exact");
  CHECK(d["kernel"]["init_seeds"].size() == 1);
  CHECK(d["positions"]["fit"] == 128);
  REQUIRE(d["concepts"].size() == 8);
  CHECK(d["concepts"][0]["name"] == "board");
  for (const char* source : {"majority", "input", "kernel", "after_kernel", "untrained", "network"}) {
    const auto& e = d["concepts"][0][std::string(source) + "_accuracy"];
    CHECK(is_estimate(e));
    CHECK(e["n"] == 64);
  }
  for (const char* difference : {"kernel_minus_input", "network_minus_kernel", "network_minus_after_kernel"})
    CHECK(is_estimate(d["concepts"][0][difference]));
  CHECK(d["legality"].size() == 5);
  CHECK(d["curves"].size() == 4);
  CHECK(d["curves"][0]["points"].back()["n"] == 128);
  CHECK(is_estimate(d["failures"]["share"]));
  CHECK(is_estimate(d["failures"]["reverse_share"]));
  CHECK(is_estimate(d["failures"]["net"]));
  CHECK(d["failures"]["regression"].size() == 5);
  REQUIRE(d["kernel"]["by_seed"].size() == 1);
  CHECK(d["kernel"]["by_seed"][0]["board_accuracy"] == d["concepts"][0]["kernel_accuracy"]);
  CHECK(is_estimate(d["feature_learning"]["score"]));
  REQUIRE(d["spectrum"].size() == 2);
  CHECK(d["spectrum"][0]["concepts"][0]["measured_error"].get<double>() > 0);
  CHECK(d["spectrum"][0]["concepts"][0]["measured_accuracy"] == d["concepts"][0]["kernel_accuracy"]);
  CHECK(d["spectrum"][1]["concepts"][2]["measured_accuracy"] == d["concepts"].back()["after_kernel_accuracy"]);
  CHECK(d["spectrum"][0]["concepts"].back()["measured_accuracy"].is_null());  // legal moves
  CHECK(d["layers"].size() == 2);
  REQUIRE(d["training"].size() == 3);
  CHECK(d["training"][0]["step"] == 0);
  CHECK(d["training"][0]["distance_from_init"].get<double>() < 1e-12);
  CHECK(d["training"][2]["distance_from_init"].get<double>() > 0);
  CHECK(d["training"][0]["distance_from"] == 0);
  CHECK(d["training"][0]["velocity"].is_null());

  // The first initialisation is the model's own: step 0 of the run has the same kernel as far as it goes.
  const auto step0 = document(
      run_process(OTHELLO_BINARY, {"ntk", "--model", run.path + "/checkpoints/step_00000000", "--positions", "128",
                                   "--report", "64", "--init-seeds", "1", "--workers", "1", "--json", "--quiet"}));
  CHECK(step0["concepts"][0]["kernel_accuracy"] == step0["concepts"][0]["after_kernel_accuracy"]);
  CHECK(step0["concepts"][0]["kernel_accuracy"] == d["concepts"][0]["kernel_accuracy"]);
  CHECK(run_process(OTHELLO_BINARY, {"report", run.path, "--quiet"}).code == 0);
}

TEST_CASE("ntk projects gradients, takes other outputs, and says what it would cost") {
  const Series run;
  const auto sketched =
      document(run.ntk(with({"--project", "256", "--output", "logit:c2", "--choose", "gcv", "--json"})));
  CHECK(sketched["kernel"]["method"] == "sketch");
  CHECK(sketched["kernel"]["dimensions"] == 256);
  CHECK(sketched["kernel"]["sketch_error"]["rms"].get<double>() < 0.2);
  CHECK(sketched["kernel"]["output"] == "logit:c2");
  CHECK(sketched["kernel"]["contrast_seed"].is_null());
  fs::remove(run.result());
  const auto cost = document(run.ntk(with({"--dry-run", "--json", "--checkpoints", "3"})));
  CHECK(cost["seconds"].get<double>() > 0);
  CHECK(cost["bytes"].get<double>() > 0);
  CHECK(cost["parts"].size() == 4);
  CHECK(contains(run.ntk(with({"--dry-run"})).out, "tangent kernels"));
  CHECK_FALSE(fs::exists(run.result()));
}

TEST_CASE("a kernel over training that starts late is compared with the initialisation, made anew from the seed") {
  const TemporaryFolder folder;
  const auto path = (folder / "late").string();
  REQUIRE(run_process(OTHELLO_BINARY, {"train", "--games", "96", "--out", path, "--board", "6", "--set",
                                       "model.layers=1", "--set", "model.d_model=16", "--set", "model.heads=2", "--set",
                                       "train.batch_games=16", "--set", "train.keep_every=2", "--quiet"})
              .code == 0);
  std::vector<std::string> arguments{"ntk", "--model", path, "--quiet", "--json", "--checkpoints", "3"};
  arguments.insert(arguments.end(), kSmall.begin(), kSmall.end());
  const auto d = document(run_process(OTHELLO_BINARY, arguments));
  CHECK(d["training"][0]["step"] == 2);
  CHECK(d["training"][0]["distance_from"] == 0);
  CHECK(d["training"][0]["distance_from_init"].get<double>() > 0);
}

TEST_CASE("a projection with little memory goes without the exact block that measures it, and says so") {
  const Series run;
  const auto projected = [&](const char* memory) {
    return document(run.ntk(with({"--project", "64", "--workers", "1", "--memory", memory, "--json"})));
  };
  const auto none = projected("0.0095");
  CHECK(none["kernel"]["exact_block"] == 0);
  CHECK(none["kernel"]["sketch_error"].is_null());
  CHECK(none["layers"].empty());
  CHECK(projected("0.01")["kernel"]["sketch_error"]["n"] == 64);
  const auto whole = projected("1");
  CHECK(whole["kernel"]["exact_block"] == 128);
  CHECK(whole["kernel"]["sketch_error"]["n"] == 128);
  CHECK(none["concepts"] == whole["concepts"]);
  const auto sentence = refusal(run.ntk(with({"--project", "64", "--memory", "0.001"})), 1);
  CHECK(contains(sentence, "fewer positions"));
  CHECK_FALSE(contains(sentence, "--project"));
}

TEST_CASE("a tangent kernel that cannot be is refused in one sentence, before any work") {
  const Series run;
  const auto refused = [&](const std::vector<std::string>& flags, int code, const std::vector<std::string>& words) {
    const auto sentence = refusal(run.ntk(flags), code);
    for (const auto& word : words) CHECK(contains(sentence, word));
  };
  refused({"--positions", "63"}, 1, {"63", "at least 64"});
  refused({"--memory", "0.01"}, 1, {"GiB", "0.01", "--project"});
  refused({"--memory", "0"}, 2, {"--memory"});
  refused({"--output", "logits"}, 1, {"'logits'", "contrast"});
  refused({"--output", "logit:z9"}, 1, {"z9"});
  refused({"--checkpoints", "1"}, 2, {"--checkpoints"});
  const auto model = (fs::path(run.path) / "checkpoints" / "step_00000010").string();
  CHECK(contains(refusal(run_process(OTHELLO_BINARY, {"ntk", "--model", model, "--checkpoints", "3", "--quiet"}), 2),
                 "needs a run"));
  write_file(fs::path(run.path) / "checkpoints" / "step_00000003" / "model.safetensors", "damaged");
  refused({"--checkpoints", "6", "--positions", "1000000"}, 1, {"step_00000003"});  // before any work
  fs::remove_all(fs::path(run.path) / "checkpoints" / "step_00000003");
  refused({"--checkpoints", "3"}, 1, {"gap", "step 3"});
  CHECK_FALSE(fs::exists(run.result()));
}

}  // namespace othello::test
