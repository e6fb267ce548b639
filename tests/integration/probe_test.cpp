// If these fail, a probe sweep cannot be asked for, read, stopped or used as its help says. Tiny models, seconds.
#include "common/files.h"
#include "tests/support/cli_run.h"

namespace othello::test {
namespace {

namespace fs = std::filesystem;

/// Without what the clock says.
Json timeless(Json document) {
  if (document.is_object()) document.erase("time"), document.erase("seconds");
  if (document.is_structured())
    for (auto& value : document) value = timeless(value);
  return document;
}

}  // namespace

TEST_CASE("a sweep with all that can be asked for fits a terminal, and others read its probes") {
  const Run of;
  const std::vector<std::string> all{"--games",
                                     "120",
                                     "--targets",
                                     "mine-yours-empty,legal,never-flipped,flips",
                                     "--modes",
                                     "all,even",
                                     "--mlp",
                                     "8",
                                     "--transfer",
                                     "greedy:20",
                                     "--transfer-games",
                                     "60",
                                     "--widths",
                                     "8",
                                     "--sites",
                                     "resid,blocks.1.attn.hook_z.1,blocks.0.mlp.hook_post"};
  const auto text = of.probe(all);
  INFO(text.err);
  REQUIRE(text.code == 0);
  CHECK(long_lines(text.out) == "");
  for (const char* nonsense : {"nan", "null", "inf "}) CHECK_FALSE(contains(text.out, nonsense));
  for (const char* word : {"one-hot", "never-flipped", "untrained", "(hidden 8)", "greedy:20", "d_model 8",
                           "description length", "beyond the moves", "shuffled labels"}) {
    CAPTURE(word);
    CHECK(contains(text.out, word));
  }
  const auto stored = parse_json(read_file(of.results("probe.json")), "probe.json");
  for (const char* field :
       {"schema", "command", "model", "data", "seconds", "probes", "controls", "best", "selectivity", "information",
        "similarity", "learning_curves", "widths", "transfer", "games"})
    CHECK(stored.contains(field));
  CHECK(stored["transfer"].size() == 12);
  // What stands for several is chosen on games that do not report.
  const Json* chosen = nullptr;
  for (const auto& row : stored["controls"])
    if (row["name"] == "untrained" && row["target"] == "mine-yours-empty" && row["mode"] == "all" &&
        row["kind"] == "ridge" && (chosen == nullptr || row["chosen_at"] > (*chosen)["chosen_at"]))
      chosen = &row;
  REQUIRE(chosen != nullptr);
  CHECK(contains(text.out,
                 "  untrained (seed " + (*chosen)["seed"].dump() + "), " + (*chosen)["site"].get<std::string>() + " "));
  CHECK(contains(text.out, "  wrong-rule, "));
  CHECK_FALSE(fs::exists(of.results("probes.safetensors.unfinished")));

  const auto inspected = document(of.run({"inspect", of.results("probes.safetensors"), "--json", "--quiet"}));
  CHECK(inspected["sites"].size() == 5);
  CHECK(of.run({"inspect", of.results("probes.safetensors")}).code == 0);
  CHECK(of.run({"inspect", of.path}).code == 0);
  CHECK(of.run({"report", of.path, "--quiet"}).code == 0);
  CHECK(document(of.run({"intervene", "--model", of.path, "--case-count", "30", "--json", "--quiet"}))["cases"] == 30);
  const auto out = [&](const char* name) { return (of.folder / name).string(); };
  CHECK(document(of.run({"export", "--probes", of.path, "--format", "numpy", "--out", out("numpy"), "--json"}))
            .contains("tensors"));
}

TEST_CASE("probes by parity can be exported in the layouts of the published ones") {
  const Run of;
  REQUIRE(of.probe({"--games", "60", "--targets", "mine-yours-empty,black-white-empty", "--modes", "by-parity,all",
                    "--no-logistic", "--no-widths", "--no-details"})
              .code == 0);
  for (const char* format : {"published", "published-sides"}) {
    const auto out = (of.folder / (std::string(format) + ".safetensors")).string();
    const auto written = of.run({"export", "--probes", of.path, "--format", format, "--site",
                                 "blocks.0.hook_resid_post", "--out", out, "--json"});
    INFO(written.err);
    CHECK(written.code == 0);
    CHECK(fs::exists(out));
  }
}

TEST_CASE("a sweep that is interrupted says so by its exit code and goes on when it is asked for again") {
  const Run of;
  const std::vector<std::string> sweep{"--games",     "1500",        "--untrained", "1",     "--no-details",
                                       "--no-widths", "--positions", "1000",        "--json"};
  const auto leftovers = of.results("probes.safetensors.unfinished");
  // A busy machine may need longer before there is anything to interrupt.
  ProcessResult interrupted;
  for (int after = 1000; after < 20000 && !fs::exists(leftovers); after *= 2) {
    fs::remove(of.results("probe.json"));
    interrupted = of.probe(sweep, after);
  }
  REQUIRE(fs::exists(leftovers));
  CHECK(interrupted.code == 130);
  CHECK(interrupted.out.empty());
  CHECK_FALSE(fs::exists(of.results("probe.json")));
  const auto resumed = of.probe(sweep);
  CHECK_FALSE(fs::exists(leftovers));
  CHECK(timeless(document(resumed)) == timeless(document(of.probe(sweep))));
}

TEST_CASE("probes of another model are refused") {
  const Run one, wider("32");
  REQUIRE(one.probe({"--games", "60", "--no-logistic", "--no-widths", "--no-details", "--no-controls"}).code == 0);
  const std::string probes = one.results("probes.safetensors");
  const auto intervene = [&](const Run& with) {
    return refusal(with.run({"intervene", "--model", with.path, "--probes", probes, "--case-count", "30", "--quiet"}),
                   1);
  };
  CHECK(contains(intervene(wider), "d_model"));
}

TEST_CASE(
    "directions are compared with those of other games, and what cannot be compared is refused before the sweep") {
  const Run of, wider("32");
  const std::vector<std::string> quick{"--games",     "60",           "--no-logistic",
                                       "--no-widths", "--no-details", "--no-controls"};
  const auto probe = [&](const Run& run, const std::vector<std::string>& more) {
    auto flags = quick;
    flags.insert(flags.end(), more.begin(), more.end());
    return run.probe(flags);
  };
  REQUIRE(probe(of, {}).code == 0);
  REQUIRE(probe(wider, {}).code == 0);
  const std::string elsewhere = (of.folder / "again.safetensors").string();
  const auto other_games = document(probe(of, {"--compare", of.path, "--seed", "2", "--probes", elsewhere, "--json"}));
  const auto& sites = other_games["compared"][0]["contrasts"][0]["sets"][0]["sites"];
  CHECK(sites.size() == 3);
  CHECK(sites[0]["cosine"]["mean"].get<double>() > 0.5);
  CHECK(contains(probe(of, {"--compare", elsewhere}).out, "cosine"));
  CHECK(contains(refusal(probe(of, {"--compare", wider.path}), 1), "d_model 32"));
  CHECK(contains(refusal(probe(of, {"--compare", of.path, "--targets", "legal"}), 1), "legal"));
  CHECK(contains(refusal(probe(of, {"--compare", "nowhere"}), 1), "nowhere"));
}

TEST_CASE("a sweep that cannot be is refused in one sentence, before it begins") {
  const Run of;
  const auto refused = [&](const std::vector<std::string>& flags, int code, const std::vector<std::string>& words) {
    const auto sentence = refusal(of.probe(flags), code);
    for (const auto& word : words) CHECK(contains(sentence, word));
  };
  refused({"--plies", "9,3"}, 2, {"--plies"});
  refused({"--plies", "40,50"}, 1, {"40", "1 to 31"});
  refused({"--plies", "5,5", "--modes", "even"}, 1, {"5", "even"});
  refused({"--plies", "0,5"}, 2, {"--plies"});
  refused({"--plies", "5"}, 2, {"--plies"});
  refused({"--sites", "nonsense"}, 1, {"nonsense"});
  refused({"--sites", "residd"}, 1, {"'resid'"});
  refused({"--sites", "blocks.2.hook_resid_post"}, 1, {"blocks.2", ".hook_resid_post'"});
  refused({"--targets", "legl"}, 1, {"'legal'"});
  refused({"--modes", "by-party"}, 1, {"'by-parity'"});
  refused({"--games", "30"}, 1, {"at least 60"});
  refused({"--untrained", "-1"}, 2, {"--untrained"});
  refused({"--widths", "17"}, 1, {"17"});
  refused({"--mlp", "0"}, 2, {"--mlp"});
  refused({"--frame", "sideways"}, 2, {"--frame"});
  refused({"--transfer", "nonsense"}, 2, {"nonsense"});

  const auto dataset = [&](const std::string& board, const std::string& name) {
    const auto path = (of.folder / name).string();
    REQUIRE(of.run({"generate", "--games", "50", "--board", board, "--out", path, "--quiet"}).code == 0);
    return "dataset:" + path;
  };
  const auto eight = dataset("8", "eight"), few = dataset("6", "few");
  refused({"--games", "60", "--transfer", eight}, 1, {"8×8", "6×6"});
  refused({"--games", "60", "--player", eight}, 1, {"8×8", "6×6"});
  refused({"--games", "60", "--player", few}, 1, {"50 different games", "60"});
  refused({"--games", "60", "--transfer", few}, 1, {"50 different games", "60"});
  CHECK_FALSE(fs::exists(of.results("probe.json")));
}

TEST_CASE("a sweep replaces nothing but probes, and warns only of what it does") {
  const Run of;
  const auto model = (of.folder / "model.safetensors").string();
  for (const auto& checkpoint : fs::directory_iterator(fs::path(of.path) / "checkpoints"))
    fs::copy_file(checkpoint.path() / "model.safetensors", model, fs::copy_options::overwrite_existing);
  const auto before = read_file(model);
  const auto to = [&](const std::string& file) {
    return refusal(of.probe({"--games", "60", "--no-logistic", "--no-widths", "--probes", file}), 1);
  };
  CHECK(contains(to(model), "not a file of probes"));
  CHECK(read_file(model) == before);
  CHECK(contains(to(of.path), "is a folder"));
  CHECK(contains(to((of.folder / "nowhere" / "p").string()), "nowhere"));
  CHECK_FALSE(fs::exists(of.results("probe.json")));

  const auto few = of.run({"probe", "--model", of.path, "--games", "30"});
  CHECK(few.code == 1);
  CHECK_FALSE(contains(few.err, "one-hot"));
  const auto enough = of.run({"probe", "--model", of.path, "--games", "60", "--no-logistic", "--no-widths"});
  CHECK(enough.code == 0);
  CHECK(contains(enough.err, "40 games to fit are few for the one-hot control"));
}

TEST_CASE("what a sweep can leave out, it can be without") {
  const Run of("18", "run", "1");  // whose half, 9, two heads cannot share
  const std::vector<std::vector<std::string>> wanted{
      {"--no-bias", "--positions", "100"},
      {"--untrained", "0", "--positions", "100"},
      {"--no-controls", "--no-details", "--no-logistic", "--no-widths"},
      {"--modes", "even", "--plies", "6,6", "--no-widths", "--positions", "100"},
      {"--plies", "5,5", "--targets", "ply,legal", "--positions", "100"},  // undefined
      {"--targets", "ply,mine-yours-empty", "--no-widths", "--positions", "100"},
      {"--sites", "blocks.0.ln1.hook_scale,heads", "--no-widths", "--positions", "100"},
      {"--modes", "all,all", "--targets", "legal,legal", "--no-logistic"}};
  for (auto flags : wanted) {
    flags.insert(flags.end(), {"--games", "60"});
    const auto done = of.probe(flags);
    CAPTURE(flags);
    INFO(done.err);
    CHECK(done.code == 0);
    CHECK(long_lines(done.out) == "");
    CHECK_FALSE(contains(done.out, "nan"));
    CHECK_FALSE(contains(done.out, "null"));
    CHECK(of.run({"report", of.path, "--quiet"}).code == 0);
  }
  const auto no_board =
      refusal(of.run({"intervene", "--model", of.path, "--case-count", "30", "--quiet"}), 1);  // legal only
  CHECK(contains(no_board, "mine-yours-empty"));
}

}  // namespace othello::test
