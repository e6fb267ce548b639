// If these fail, the document of a probe sweep says something else than was measured, or a sweep is lost.
#include "common/files.h"
#include "data/dataset_player.h"
#include "data/generate.h"
#include "probes/sweep.h"
#include "tests/support/files.h"
#include "tests/support/probe_sets.h"
#include "tests/support/torch_test.h"

namespace othello::test {
namespace {

const SweepProgress kQuiet = [](double, const std::string&) {};

LoadedModel tiny(int layers = 2) {
  auto loaded = small_model(6, 16, 1, layers);
  loaded.facts.seed = 1;  // so that the untrained model of the first seed is this one
  return loaded;
}

ProbeSettings quick(std::int64_t games = 120) {
  ProbeSettings settings;
  settings.games = games;
  settings.workers = 2;
  settings.untrained = 1;
  settings.details = settings.controls = false;
  settings.information.positions = 0;
  settings.information.joint = settings.information.description_length = false;
  return settings;
}

Json swept(const ProbeSettings& settings, const LoadedModel& loaded) {
  Unfinished nothing;
  return probe_sweep(loaded, settings, nothing, kQuiet).document;
}
Json swept(const ProbeSettings& settings) { return swept(settings, tiny()); }

/// Without what the clock says.
Json timeless(Json document) {
  if (document.is_object()) document.erase("time"), document.erase("seconds");
  if (document.is_structured())
    for (auto& value : document) value = timeless(value);
  return document;
}

/// Rows of "probes" or "controls" with these fields.
std::vector<Json> rows(const Json& document, const char* list, const Json& like) {
  std::vector<Json> found;
  for (const auto& row : document[list]) {
    bool fits = true;
    for (const auto& [key, value] : like.items()) fits = fits && row.contains(key) && row[key] == value;
    if (fits) found.push_back(row);
  }
  return found;
}

Json row(const Json& document, const char* list, const Json& like) {
  const auto found = rows(document, list, like);
  INFO(like.dump());
  REQUIRE(found.size() == 1);
  return found[0];
}

double mean(const Json& estimate) { return estimate["mean"].get<double>(); }

/// Every number in the document, wherever it is, is one.
bool all_finite(const Json& document) {
  if (document.is_number_float()) return std::isfinite(document.get<double>());
  return !document.is_structured() || std::all_of(document.begin(), document.end(), all_finite);
}

}  // namespace

TEST_CASE("a sweep finds the same whatever the number of workers") {
  auto settings = quick();
  settings.details = settings.controls = true;
  settings.modes = {Mode::all, Mode::by_parity};
  settings.information.positions = 600;
  settings.information.joint = settings.information.description_length = true;
  settings.widths = {8, 16};
  settings.workers = 1;
  const auto one = timeless(swept(settings));
  settings.workers = 3;
  CHECK(timeless(swept(settings)) == one);
}

TEST_CASE("a sweep's controls are what they are called") {
  auto settings = quick(600);
  settings.details = settings.controls = true;
  settings.targets = {"mine-yours-empty", "legal", "ply"};
  settings.untrained = 3;
  const auto found = swept(settings);
  CHECK(all_finite(found));
  CHECK(found["games"] == Json{{"fit", 400},
                               {"choose", 100},
                               {"report", 100},
                               {"duplicates_left_out", found["games"]["duplicates_left_out"]},
                               {"unfinished", 0}});

  const std::string last = "blocks.1.hook_resid_post";
  const auto at_last = row(found, "probes", {{"site", last}, {"target", "mine-yours-empty"}, {"kind", "ridge"}});
  const auto permuted = row(found, "controls", {{"name", "permuted"}});
  CHECK(permuted["site"] == last);
  for (const char* key : {"accuracy", "macro_f1", "by_flips", "per_square", "ridge"})
    CHECK(permuted[key] == at_last[key]);

  // The model is untrained itself: that of its own seed.
  for (const std::string target : {"mine-yours-empty", "legal", "ply"})
    for (const auto& of : rows(found, "controls", {{"name", "untrained"}, {"target", target}, {"seed", 1}}))
      CHECK(row(found, "probes", {{"site", of["site"]}, {"target", target}, {"kind", "ridge"}})["accuracy"] ==
            of["accuracy"]);
  for (const char* name : {"majority", "bag-of-moves", "one-hot", "untrained", "sorted"})
    CHECK(found["best"]["differences"].contains(name));
  const auto best =
      row(found, "probes", {{"site", found["best"]["site"]}, {"target", "mine-yours-empty"}, {"kind", "ridge"}});
  const auto one_hot = row(found, "controls", {{"name", "one-hot"}, {"target", "mine-yours-empty"}});
  CHECK(mean(found["best"]["differences"]["one-hot"]) ==
        Approx(mean(best["accuracy"]) - mean(one_hot["accuracy"])).margin(1e-12));
  CHECK(mean(row(found, "controls", {{"name", "majority"}, {"target", "ply"}})["accuracy"]) == 1);

  for (const char* name : {"control-task", "shuffled-labels"}) {
    REQUIRE(rows(found, "controls", {{"name", name}}).size() == 3);
    for (const auto& of : found["selectivity"])
      CHECK(row(found, "controls", {{"name", name}, {"site", of["site"]}})["accuracy"] ==
            of[std::string(name) == "control-task" ? "control_task" : "shuffled_labels"]);
  }
  for (const char* list : {"probes", "controls"})
    for (const auto& of : found[list])
      if (of["kind"] == "ridge") CHECK(of["chosen_at"].is_number());

  REQUIRE(found["selectivity"].size() == 3);
  const auto majority = mean(row(found, "controls", {{"name", "majority"}, {"target", "legal"}})["accuracy"]);
  CHECK(majority > 0.8);
  for (const auto& of : found["selectivity"]) {
    const auto task = row(found, "probes", {{"site", of["site"]}, {"target", "mine-yours-empty"}, {"kind", "ridge"}});
    CHECK(of["accuracy"] == task["accuracy"]);
    CHECK(mean(of["selectivity"]) == Approx(mean(of["accuracy"]) - mean(of["control_task"])).margin(1e-12));
    CHECK(mean(of["shuffled_labels"]) < mean(of["accuracy"]));
    CHECK(mean(of["shuffled_labels"]) <
          0.02 + mean(row(found, "controls", {{"name", "majority"}, {"target", "mine-yours-empty"}})["accuracy"]));
  }

  for (const auto& curve : found["learning_curves"]) {
    const auto& points = curve["points"];
    REQUIRE(points.size() == 3);
    CHECK(points[0]["fit_games"] == 100);
    CHECK(points[1]["fit_games"] == 200);
    CHECK(points[2]["fit_games"] == 400);
    if (curve["name"] == "network") CHECK(points[2]["accuracy"] == best["accuracy"]);
    if (curve["name"] == "one-hot") CHECK(points[2]["accuracy"] == one_hot["accuracy"]);
  }
  CHECK(found["learning_curves"].size() == 3);

  const auto ranks = rows(found, "probes", {{"kind", "low-rank"}});
  REQUIRE(ranks.size() == 7);
  CHECK(mean(ranks[0]["accuracy"]) < mean(best["accuracy"]));
  CHECK(mean(ranks[6]["accuracy"]) == Approx(mean(best["accuracy"])).margin(1e-3));  // 16 neurons have no more than 16
}

TEST_CASE("a board of wrong rules is read beside the real one, unless controls are left out") {
  auto settings = quick(240);
  settings.controls = true;
  const auto found = swept(settings);
  CHECK(rows(found, "probes", {{"target", "never-flipped"}}).empty());
  const auto wrong = rows(found, "controls", {{"name", "wrong-rule"}});
  REQUIRE(wrong.size() == 4);  // three sites and the moves
  settings.targets = {"mine-yours-empty", "never-flipped"};
  const auto asked = swept(settings);
  CHECK(rows(asked, "controls", {{"name", "wrong-rule"}}) == wrong);
  for (const auto& of : wrong) {
    CHECK(of["target"] == "never-flipped");
    const auto same = of.contains("site")
                          ? row(asked, "probes", {{"target", "never-flipped"}, {"site", of["site"]}})
                          : row(asked, "controls", {{"target", "never-flipped"}, {"name", of["input"]}});
    CHECK(of["accuracy"] == same["accuracy"]);
  }
  settings.controls = false;
  CHECK(rows(swept(settings), "controls", {{"name", "wrong-rule"}}).empty());
}

TEST_CASE("controls of the moves are as strong in the mode of one set of weights as by parity") {
  auto settings = quick(240);
  settings.modes = {Mode::all, Mode::by_parity};
  const auto found = swept(settings);
  for (const char* name : {"one-hot", "bag-of-moves", "majority"}) {
    const auto all = row(found, "controls", {{"name", name}, {"mode", "all"}});
    CHECK(all["accuracy"] == row(found, "controls", {{"name", name}, {"mode", "by-parity"}})["accuracy"]);
  }
}

TEST_CASE("only positions within the window of plies are read") {
  auto settings = quick();
  settings.plies = {5, 8};
  settings.modes = {Mode::even, Mode::all};
  const auto found = swept(settings);
  for (const auto& of : rows(found, "probes", {{"mode", "even"}})) {
    REQUIRE(of["by_ply"].size() == 2);
    CHECK(of["by_ply"][0]["ply"] == 6);
    CHECK(of["by_ply"][1]["ply"] == 8);
    CHECK(of["by_ply"][0]["n"] == 20);
    CHECK(of["by_parity"]["odd"].is_null());
    CHECK(of["accuracy"] == of["by_parity"]["even"]);
  }
  CHECK(rows(found, "probes", {{"mode", "all"}}).size() == 3);
  CHECK(found["best"]["differences"]["untrained"] == Json{{"mean", 0.0}, {"low", 0.0}, {"high", 0.0}, {"n", 20}});
}

TEST_CASE("sites can be named one by one or in groups") {
  const auto config = tiny().model.config();
  const auto names = [&](const std::vector<std::string>& wanted) {
    std::vector<std::string> list;
    for (const auto& site : probe_sites(wanted, config)) list.push_back(site_name(site));
    return list;
  };
  using Names = std::vector<std::string>;
  CHECK(names({"resid"}) == Names{"blocks.0.hook_resid_pre", "blocks.0.hook_resid_post", "blocks.1.hook_resid_post"});
  CHECK(names({"mid"}) == Names{"blocks.0.hook_resid_mid", "blocks.1.hook_resid_mid"});
  CHECK(names({"heads"}) ==
        Names{"blocks.0.attn.hook_z.0", "blocks.0.attn.hook_z.1", "blocks.1.attn.hook_z.0", "blocks.1.attn.hook_z.1"});
  CHECK(names({"hidden"}) == Names{"blocks.0.mlp.hook_post", "blocks.1.mlp.hook_post"});
  CHECK(names({"blocks.1.hook_resid_post", "attn", "blocks.0.hook_attn_out"}) ==
        Names{"blocks.0.hook_attn_out", "blocks.1.hook_attn_out", "blocks.1.hook_resid_post"});
  CHECK(names({"all"}).size() == 3 + 2 + 2 + 2 + 2 + 4);
  CHECK(names(site_groups()) == names({"all"}));
  CHECK(contains(error_of([&] { names({"blocks.1.hook_resid_pots"}); }), "blocks.1.hook_resid_post"));
  CHECK(contains(error_of([&] { names({"blocks.2.hook_resid_post"}); }), ".hook_resid_post'"));
  CHECK(contains(error_of([&] { names({"residd"}); }), "'resid'"));

  auto settings = quick(60);
  settings.sites = {"all"};
  settings.controls = true;
  const auto found = swept(settings);
  std::vector<std::string> read;
  for (const auto& of : found["probes"]) read.push_back(of["site"]);
  CHECK(read == names({"all"}));
}

TEST_CASE("places of one number, one head or none but the ply are read like any other") {
  auto settings = quick(60);
  settings.details = settings.controls = true;
  settings.sites = {"hook_pos_embed", "blocks.0.ln1.hook_scale", "blocks.1.attn.hook_z.1",
                    "blocks.1.attn.hook_pattern"};
  CHECK(contains(error_of([&] { swept(settings); }), "hook_pattern"));
  settings.sites.pop_back();
  settings.information.positions = 300;
  const auto found = swept(settings);
  CHECK(all_finite(found));
  CHECK(rows(found, "probes", {{"kind", "ridge"}}).size() == 3);
}

TEST_CASE("what cannot be probed is said in a sentence") {
  const auto refusal = [](const auto& change) {
    auto settings = quick();
    change(settings);
    return error_of([&] { swept(settings); });
  };
  CHECK(contains(refusal([](auto& s) { s.targets = {"legl"}; }), "'legal'"));
  CHECK(contains(refusal([](auto& s) { s.games = 59; }), "at least 60"));
  CHECK(contains(refusal([](auto& s) { s.sites = {"blocks.0.hook_resid"}; }), "blocks.0.hook_resid_"));
  CHECK(contains(refusal([](auto& s) { s.plies = {40, 50}; }), "40"));  // no game of 6×6 is as long
  CHECK(contains(error_of([] { parse_mode("by-party"); }), "'by-parity'"));
}

TEST_CASE("a target that never varies is undefined and not read at 100 percent") {
  auto settings = quick();
  settings.plies = {5, 5};
  settings.targets = {"ply", "legal"};
  settings.details = settings.controls = true;
  settings.information.joint = settings.information.description_length = true;
  settings.modes = {Mode::all, Mode::by_parity};
  settings.information.positions = 300;
  const auto found = swept(settings);
  CHECK(all_finite(found));
  CHECK(found["best"]["accuracy"].is_null());
  for (const char* list : {"probes", "controls"})
    for (const auto& of : found[list]) {
      if (of["target"] != "ply") continue;
      CHECK(of["accuracy"].is_null());
      CHECK(contains(of["undefined"].get<std::string>(), "every label is"));
    }
  for (const auto& of : found["selectivity"]) CHECK(of["selectivity"].is_null());
  for (const auto& of : found["information"]["probes"]) CHECK(of["v_information"].is_null());
  CHECK(mean(row(found, "controls", {{"name", "one-hot"}, {"target", "legal"}, {"mode", "all"}})["accuracy"]) > 0.5);
}

TEST_CASE("a window of one ply is read by weights of their own for even and odd plies as by any other") {
  auto settings = quick();
  settings.plies = {5, 5};
  settings.information.positions = 300;
  settings.information.joint = settings.information.description_length = true;
  settings.details = settings.controls = true;
  const auto found = swept(settings);
  CHECK(all_finite(found));
  CHECK(mean(found["best"]["accuracy"]) > 0.5);
}

TEST_CASE("probes without an intercept are fitted and kept with one of 0") {
  auto settings = quick();
  settings.bias = false;
  settings.details = true;
  settings.information.positions = 300;
  Unfinished nothing;
  const auto loaded = tiny();
  const auto found = probe_sweep(loaded, settings, nothing, kQuiet);
  CHECK(all_finite(found.document));
  REQUIRE(found.probes.probes.size() >= 3);
  for (const auto& probe : found.probes.probes)
    for (const auto& weights : probe.readout.weights) {
      CHECK(weights.size(0) == 17);
      CHECK(weights.select(0, 16).count_nonzero().item<std::int64_t>() == 0);
    }
  const TemporaryFolder folder;
  write_probes(folder / "probes.safetensors", found.probes, loaded);
  const auto& mean = found.probes.mean.begin()->second;
  CHECK(mean.abs().sum().item<float>() > 0);
}

TEST_CASE("a sweep's probes can be kept and read again, whatever was asked for") {
  auto settings = quick(60);
  settings.targets = {"legal", "mine-yours-empty", "ply", "legal"};
  settings.modes = {Mode::all, Mode::odd, Mode::all};
  settings.sites = {"resid", "heads", "hidden"};
  Unfinished nothing;
  const auto loaded = tiny();
  const auto found = probe_sweep(loaded, settings, nothing, kQuiet);
  const TemporaryFolder folder;
  write_probes(folder / "probes.safetensors", found.probes, loaded);
  const auto read = read_probes(folder / "probes.safetensors", loaded);
  CHECK(read.probes.size() == 3 * 2 * (3 + 4 + 2));
  CHECK(read.find({{SiteKind::z, 1}, 1}, "ply", "odd", "ridge") != nullptr);
}

TEST_CASE("fewer models and blocks than usual are enough for a sweep") {
  auto settings = quick(60);
  settings.untrained = 0;
  settings.details = settings.controls = true;
  settings.information.positions = 1;
  settings.widths = {4};
  const auto found = swept(settings, tiny(1));
  CHECK(all_finite(found));
  CHECK_FALSE(found["best"]["differences"].contains("untrained"));
  CHECK(found["probes"].size() >= 2);
}

TEST_CASE("widths and another player's games stand beside the sweep") {
  auto settings = quick(240);
  settings.widths = {8, 32};
  settings.transfer = std::make_shared<const UniformPlayer>(kBoard6);
  settings.transfer_games = 120;
  const auto found = swept(settings);
  REQUIRE(found["widths"].size() == 3);
  CHECK(found["widths"][0]["d_model"] == 8);
  CHECK(found["widths"][1]["d_model"] == 32);
  CHECK(found["widths"][2]["name"] == "trained");
  CHECK(mean(found["widths"][2]["accuracy"]) == mean(found["best"]["accuracy"]));  // on the same games
  CHECK(mean(found["widths"][0]["accuracy"]) < mean(found["widths"][1]["accuracy"]));

  const auto& rows = found["transfer"];
  REQUIRE(rows.size() == 12);
  for (const auto& of : rows) {
    CHECK(of["fitted_on"] == "uniform");
    CHECK(of["read_on"] == "uniform");
    for (const auto& other : rows)  // the same player's games on both sides
      if (of["name"] == other["name"]) CHECK(mean(of["accuracy"]) == Approx(mean(other["accuracy"])).margin(0.03));
  }
}

TEST_CASE("the games of two players whose probes are transferred have none in common") {
  const TemporaryFolder folder;
  DatasetRequest request;
  request.board = 6;
  request.games = 200;
  generate_dataset(folder / "d", request, [](std::int64_t) {});
  auto settings = quick(120);
  settings.player = std::make_shared<DatasetPlayer>(kBoard6, folder / "d");
  settings.transfer = settings.player;
  settings.transfer_games = 100;
  CHECK(contains(error_of([&] { swept(settings); }), "has 80 different games beside those of the other player"));
  settings.transfer_games = 80;
  CHECK(swept(settings)["transfer"].size() == 12);
}

TEST_CASE("a probe fitted for transfer reads the games that report in the sweep itself") {
  auto settings = quick(240);
  settings.transfer = std::make_shared<const UniformPlayer>(kBoard6);
  settings.transfer_games = 240;
  const auto found = swept(settings);
  for (const auto& of : found["transfer"]) CHECK(of["fit_games"] == found["games"]["fit"]);
  // Fitted, chosen and reported on the very same games as the best site.
  CHECK(found["transfer"][0]["accuracy"] == found["best"]["accuracy"]);
  CHECK(found["transfer"][1]["accuracy"] == row(found, "controls", {{"name", "one-hot"}})["accuracy"]);
}

TEST_CASE("widths that cannot be are refused before the sweep and not after it") {
  auto settings = quick();
  settings.widths = {16, 17};
  double furthest = 0;
  Unfinished nothing;
  const auto loaded = tiny();
  const auto error = error_of(
      [&] { probe_sweep(loaded, settings, nothing, [&](double share, const std::string&) { furthest = share; }); });
  CHECK(contains(error, "17"));
  CHECK(furthest == 0);
}

}  // namespace othello::test
