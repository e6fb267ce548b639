// If these fail, the emergence of concepts cannot be asked for or read as its help says. Tiny models, seconds.
#include "common/files.h"
#include "tests/support/cli_run.h"

namespace othello::test {
namespace {

/// A run of 20 steps that keeps step 0 and four in each tenfold.
struct Followed {
  Followed() : path((folder / "run").string()) {
    const auto trained =
        run_process(OTHELLO_BINARY, {"train", "--games", "160", "--out", path, "--board", "6", "--set",
                                     "model.layers=2", "--set", "model.d_model=16", "--set", "model.heads=2", "--set",
                                     "train.batch_games=8", "--set", "train.keep_log_spaced=4", "--quiet"});
    INFO(trained.err);
    REQUIRE(trained.code == 0);
  }
  ProcessResult emergence(std::vector<std::string> more) const {
    more.insert(more.begin(), {"emergence", "--model", path, "--quiet"});
    return run_process(OTHELLO_BINARY, more);
  }
  TemporaryFolder folder;
  std::string path;
};

}  // namespace

TEST_CASE("emergence: concepts, neurons and detectors of a run in one document and a text that fits a terminal") {
  const Followed run;
  const auto text = run.emergence({"--games", "120", "--checkpoints", "6", "--workers", "2"});
  INFO(text.err);
  REQUIRE(text.code == 0);
  CHECK(contains(text.err, "80 games to fit are few for the one-hot control"));
  CHECK(long_lines(text.out) == "");
  for (const char* nonsense : {"nan", "null", "inf "}) CHECK_FALSE(contains(text.out, nonsense));
  for (const char* word : {"board", "occupied", "colour", "legal", "onset", "stage boundaries", "variance ratio",
                           "by chance", "fresh initialisations", "one-hot"}) {
    CAPTURE(word);
    CHECK(contains(text.out, word));
  }
  const auto d = parse_json(read_file(fs::path(run.path) / "results" / "emergence.json"), "emergence.json");
  CHECK(d["schema"] == "othello-gpt/emergence/1");
  REQUIRE(d["checkpoints"].size() == 6);
  CHECK(d["checkpoints"][0]["step"] == 0);
  CHECK(d["checkpoints"][5]["games"] == 160);
  CHECK(d["checkpoints"][5]["concepts"].size() == 9);
  CHECK(d["concepts"].size() == 9);
  for (const auto& row : d["concepts"]) CHECK(row["onset_games"].is_null() == row.contains("undefined"));
  CHECK(d["series"]["llc"].is_null());
  CHECK(d["independence"].size() == 12);
  CHECK(d["detectors"].size() == 4);
  CHECK(d["symmetry"].size() == 2);
  CHECK(contains(d["site"].get<std::string>(), "hook_resid"));
  // The same, however many workers there are.
  const auto again = document(run.emergence({"--games", "120", "--checkpoints", "6", "--workers", "1", "--json"}));
  for (const char* field : {"site", "checkpoints", "concepts", "stages", "independence", "detectors", "symmetry"}) {
    CAPTURE(field);
    CHECK(again[field] == d[field]);
  }
}

TEST_CASE("emergence: what was measured on other weights is left out with a line") {
  const Followed run;
  Json rows = Json::array();
  for (const char* checkpoint : {"step_00000000", "step_00000020"})
    rows.push_back({{"checkpoint", checkpoint},
                    {"component", "all"},
                    {"subset", "all"},
                    {"llc", {{"mean", 7.0}, {"low", 6.0}, {"high", 8.0}, {"n", 4}}},
                    {"valid", true},
                    {"decayed", false}});
  const auto measured_on = [&](const std::string& weights) {
    write_file(fs::path(run.path) / "results" / "llc.json",
               Json{{"model", {{"sha256", weights}}}, {"estimates", rows}}.dump());
    return run.emergence({"--games", "60", "--checkpoints", "5", "--no-independence", "--json"});
  };
  const auto other = measured_on("ab12");
  CHECK(other.code == 0);
  CHECK(contains(other.err, "llc.json is of other weights"));
  CHECK(contains(other.err, "othello-gpt llc --model " + run.path + " --checkpoints 5"));
  const auto without = document(other);
  CHECK(without["series"]["llc"].is_null());
  const auto with = measured_on(without["model"]["sha256"]);
  CHECK_FALSE(contains(with.err, "other weights"));
  const auto llc = document(with)["series"]["llc"];
  REQUIRE(llc.size() == 2);
  CHECK(llc[1]["decayed"] == false);
}

TEST_CASE("emergence: what cannot be followed is refused in a sentence") {
  const Followed run;
  CHECK(contains(refusal(run.emergence({"--site", "blocks.1.hook_resid_pst"}), 1), "blocks.1.hook_resid_post"));
  CHECK(contains(refusal(run.emergence({"--games", "20"}), 1), "60"));
  refusal(run.emergence({"--checkpoints", "3"}), 2);
  const auto dry = run.emergence({"--dry-run"});
  CHECK(dry.code == 0);
  CHECK(contains(dry.out, "about"));
  CHECK_FALSE(fs::exists(fs::path(run.path) / "results" / "emergence.json"));
  const auto llc = fs::path(run.path) / "results" / "llc.json";
  write_file(llc, "{}");
  CHECK(contains(refusal(run.emergence({}), 1), "llc.json"));
  fs::remove(llc);
  const auto weights = fs::path(run.path) / "checkpoints" / "step_00000006" / "model.safetensors";
  const auto whole = read_file(weights);
  write_file(weights, whole.substr(0, whole.size() / 2));
  const auto damaged = run.emergence({});
  CHECK(contains(refusal(damaged, 1), "step_00000006"));
  CHECK_FALSE(contains(damaged.err, "one-hot"));  // it is found before the work, whose warning that is
  write_file(weights, whole);
  const auto model = (fs::path(run.path) / "checkpoints" / "step_00000020").string();
  CHECK(contains(refusal(run_process(OTHELLO_BINARY, {"emergence", "--model", model, "--quiet"}), 1), "no run"));
  fs::remove_all(fs::path(run.path) / "checkpoints" / "step_00000003");
  CHECK(contains(refusal(run.emergence({}), 1), "gap"));
  for (const auto& checkpoint : fs::directory_iterator(fs::path(run.path) / "checkpoints"))
    if (checkpoint.path().filename() > "step_00000002") fs::remove_all(checkpoint.path());
  CHECK(contains(refusal(run.emergence({}), 1), "train.keep_log_spaced"));
}

}  // namespace othello::test
