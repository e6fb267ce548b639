// If these fail, an intervention's error is not the published one, or the benchmark claims what it did not measure.
#include <cmath>

#include "interventions/ablation.h"
#include "interventions/alignment.h"
#include "interventions/benchmark.h"
#include "interventions/fitting.h"
#include "interventions/presets.h"
#include "interventions/score.h"
#include "tests/support/probe_sets.h"
#include "tests/support/torch_test.h"

namespace othello::test {
namespace {

const auto kNoProgress = [](double, const std::string&) {};

ProbeSet probes_of(const LoadedModel& loaded) {
  const auto board = loaded.model.config().vocabulary().board();
  const ProbeGames games(GameSource(board, 7, Purpose::probes), 60);
  std::vector<ProbeSite> places;
  for (int layer = 0; layer < loaded.model.config().layers; ++layer) places.push_back({{SiteKind::resid_post, layer}});
  return fit_board_probes(loaded.model, games, places, 1, [](double) {});
}

CaseSet cases_of(const LoadedModel& loaded, const CaseRecipe& recipe) {
  const auto vocabulary = loaded.model.config().vocabulary();
  return draw_cases(GameSource(vocabulary.board(), 1, Purpose::cases), vocabulary, recipe);
}

CaseRecipe recipe_of(std::int64_t count) {
  CaseRecipe recipe;
  recipe.count = count;
  return recipe;
}

InterveneSettings quick() {
  InterveneSettings settings;
  settings.fit_games = 60, settings.rollout = 2, settings.workers = 1;
  settings.method.scales = {0.1, 0.3};
  return settings;
}

const Json& control(const Json& document, const std::string& name) {
  for (const auto& row : document["controls"])
    if (row["name"] == name) return row;
  FAIL("there is no control " << name);
  return document;
}

}  // namespace

TEST_CASE("the error is false positives plus false negatives of the top N") {
  const std::vector<float> logits{9, 5, 4, 3, 2, 1};  // token 0 is padding and never an answer
  CHECK(top_n_error(logits, 0b00011) == 0);           // legal 1, 2; top two are 1, 2
  CHECK(top_n_error(logits, 0b10001) == 2);           // legal 1, 5; top two are 1, 2
  CHECK(top_n_error(logits, 0b11000) == 4);
  CHECK(top_n_error(logits, 0b00001) == 0);
  CHECK(top_n_error(logits, 0b00010) == 2);
  CHECK(top_n_error(logits, 0b11111) == 0);
  const std::vector<float> ties{0, 1, 1, 1};
  CHECK(top_n_error(ties, 0b001) == 0);  // ties go to the smaller token
  CHECK(top_n_error(ties, 0b100) == 2);
  CHECK(top_tokens(ties, 2) == 0b011);
}

TEST_CASE("no model that knows the real board can be below the bound without noticing the change") {
  CHECK(null_lower_bound(0b0111, 0b0110) == 0);  // one move goes: the others are on top
  CHECK(null_lower_bound(0b0011, 0b0110) == 2);  // one goes, one comes
  CHECK(null_lower_bound(0b0011, 0b1110) == 2);
  // All orders of the legal moves, all others below: the least error is the bound.
  for (const auto& [before, after] : {std::pair{0b00111U, 0b01110U}, {0b01111U, 0b10001U}, {0b00001U, 0b11100U}}) {
    std::vector<int> order;
    for (int t = 1; t <= 5; ++t)
      if (before >> (t - 1) & 1) order.push_back(t);
    int least = 100;
    do {
      for (int extra = 1; extra <= 5; ++extra) {  // whichever illegal move comes first behind them
        std::vector<float> logits{9, -9, -9, -9, -9, -9};
        logits[static_cast<std::size_t>(extra)] = -1;
        for (std::size_t i = 0; i < order.size(); ++i)
          logits[static_cast<std::size_t>(order[i])] = 5 - static_cast<float>(i);
        if (std::popcount(after) <= std::popcount(before)) least = std::min(least, top_n_error(logits, after));
      }
    } while (std::next_permutation(order.begin(), order.end()));
    if (least < 100) CHECK(least == null_lower_bound(before, after));
  }
}

TEST_CASE("scores are what their formulas say, and undefined where there is nothing to score") {
  // Tokens 1 to 4 with probabilities 0.4, 0.3, 0.2, 0.1; padding has next to none.
  const std::vector<float> logits{-50, std::log(0.4F), std::log(0.3F), std::log(0.2F), std::log(0.1F)};
  const std::vector<float> unedited{0, 1, 2, 3, 4};
  const auto all = scores(logits, unedited, {.before = 0b0011, .after = 0b0101});
  const auto of = [&](Score score) { return all[static_cast<std::size_t>(score)]; };
  CHECK(of(Score::error) == 2);  // top two: 1, 2
  CHECK(of(Score::f1) == 0.5);
  CHECK(of(Score::legal_top1) == 1);
  CHECK(of(Score::mass_gained) == Approx(0.2));
  CHECK(of(Score::mass_lost) == Approx(0.3));
  CHECK(of(Score::kl) == Approx(0.5 * std::log(0.5 / 0.4) + 0.5 * std::log(0.5 / 0.2)).epsilon(1e-5));
  CHECK(of(Score::logit_difference) == Approx(std::log(0.2 / 0.3)).epsilon(1e-5));
  CHECK(of(Score::overlap) == 0);  // without the edit: 4, 3
  CHECK(of(Score::overlap_before) == 1);
  const auto one = scores(logits, logits, {.before = 0b0001, .after = 0b0001});
  CHECK(one[static_cast<std::size_t>(Score::error)] == 0);  // N = 1
  CHECK(one[static_cast<std::size_t>(Score::overlap)] == 1);
  for (const auto score : {Score::mass_gained, Score::mass_lost, Score::logit_difference})
    CHECK(std::isnan(one[static_cast<std::size_t>(score)]));
  CHECK(score_names().size() == kScores);
}

TEST_CASE("the benchmark does not depend on workers and reports on other cases than it chooses on") {
  const auto loaded = small_model(6, 16);
  const auto probes = probes_of(loaded);
  const auto cases = cases_of(loaded, recipe_of(90));
  const auto run = [&](int workers) {
    auto settings = quick();
    settings.workers = workers, settings.seed = 3;
    return intervention_benchmark(loaded, probes, cases, settings, kNoProgress);
  };
  const auto one = run(1);
  CHECK(one == run(2));
  CHECK(one["chosen_on"] == 30);
  CHECK(one["reported_on"] == 60);
  CHECK(one["edits"].size() == 4);  // three ranges and the chosen one
  CHECK(one["edits"].back()["error"]["n"] == 60);
  CHECK(one["edits"].back()["chosen"] == true);
  CHECK(one["examples"].size() == 3);
  for (const char* name : {"null", "random-direction", "wrong-square", "wrong-layer", "untrained", "identity"}) {
    CHECK(control(one, name)["error"]["n"] == 60);
    CHECK(one["differences"].contains(name));
  }
  CHECK(control(one, "identity")["largest_change"] == 0.0);
  CHECK(control(one, "identity")["error"] == control(one, "null")["error"]);
  CHECK(control(one, "null")["overlap"]["mean"] == 1.0);
  CHECK(one["maps"].size() >= 5);
  for (const auto& map : one["maps"]) CHECK(map["cells"].size() == 6);
  // Every case stands on one rung of the flips of its disc.
  double flipped = 0, errors = 0;
  for (const auto& rung : one["by_flips"]) {
    const double n = rung["error"]["n"], error = rung["error"]["mean"], null = rung["null"]["mean"];
    flipped += n, errors += n * error;
    CHECK(rung["difference"]["mean"].get<double>() == Approx(error - null).margin(1e-9));
  }
  CHECK(flipped == 60);
  CHECK(errors / 60 == Approx(one["edits"].back()["error"]["mean"].get<double>()));
  // What is chosen is the cell with the least error on the cases that choose.
  double least = 100;
  for (const auto& cell : one["maps"][0]["cells"]) least = std::min(least, cell["error_choosing"].get<double>());
  double chosen = 100;
  for (const auto& row : one["edits"])
    if (row["part"] == "choose") chosen = std::min(chosen, row["error"]["mean"].get<double>());
  CHECK(chosen == Approx(least));
}

TEST_CASE("few cases are enough where nothing is to be chosen, and refused where something is") {
  const auto loaded = small_model(6, 16);
  const auto probes = probes_of(loaded);
  const auto cases = cases_of(loaded, recipe_of(5));
  auto settings = quick();
  CHECK(contains(error_of([&] { intervention_benchmark(loaded, probes, cases, settings, kNoProgress); }), "too few"));
  settings.layers = std::pair{0, 1}, settings.method.scales = {0.2};
  const auto found = intervention_benchmark(loaded, probes, cases, settings, kNoProgress);
  CHECK(found["chosen_on"] == 0);
  CHECK(found["edits"].size() == 1);
  CHECK(found["edits"][0]["error"]["n"] == 5);
  settings.layers = std::pair{1, 2};
  CHECK(contains(error_of([&] { intervention_benchmark(loaded, probes, cases, settings, kNoProgress); }),
                 "blocks 0 to 1"));
}

TEST_CASE("every edit has its controls, and one that leaves the board as it is changes nothing") {
  const auto loaded = small_model(6, 16);
  const auto probes = probes_of(loaded);
  for (const std::string name : {"linear", "coordinate", "gradient"})
    for (const int positions : {1, 3}) {
      auto settings = quick();
      settings.method.name = name, settings.method.scales = {0.5}, settings.method.descent.steps = 3;
      settings.positions = positions, settings.layers = std::pair{0, 1};
      const auto found = intervention_benchmark(loaded, probes, cases_of(loaded, recipe_of(20)), settings, kNoProgress);
      INFO(name << " at " << positions);
      CHECK(control(found, "identity")["largest_change"] == 0.0);
      CHECK(found["controls"].size() == 7);
    }
  auto settings = quick();
  settings.method.name = "donor", settings.method.scales = {1}, settings.layers = std::pair{0, 1};
  auto recipe = recipe_of(20);
  recipe.set = "donor";
  const auto found = intervention_benchmark(loaded, {}, cases_of(loaded, recipe), settings, kNoProgress);
  CHECK(control(found, "identity")["largest_change"].get<double>() < 1e-5);
  CHECK_FALSE(found["edits"].back().contains("untouched_squares_read"));
  CHECK(contains(
      error_of([&] { intervention_benchmark(loaded, {}, cases_of(loaded, recipe_of(20)), settings, kNoProgress); }),
      "donor"));
}

TEST_CASE("a mean of the activation itself is no ablation, and zeros are one") {
  const auto loaded = small_model(6, 16);
  auto recipe = recipe_of(30);
  recipe.set = "positions";
  const auto cases = cases_of(loaded, recipe);
  AblationSettings settings;
  settings.fit_games = 60, settings.workers = 1;
  for (const auto& name : ablation_names()) {
    INFO(name);
    settings.name = name;
    if (name == "iterative-erase") settings.square = 14;
    const auto found = ablation_benchmark(loaded, cases, settings, kNoProgress);
    const bool erases = name == "erase" || name == "iterative-erase";
    CHECK(found["edits"].size() == (erases ? 2 : 4));  // blocks, or heads of both
    for (const auto& row : found["edits"]) {
      CHECK(row["error"]["n"] == 30);
      CHECK(row["random"]["n"] == 30);
      CHECK(row.contains(erases ? "rank" : "head"));
    }
    CHECK(control(found, "null")["error"]["n"] == 30);
  }
  // Changed boards are no matter here: the moves are those of the real one.
  const auto changed = ablation_benchmark(loaded, cases_of(loaded, recipe_of(30)), settings, kNoProgress);
  CHECK(control(changed, "null")["overlap_before"]["mean"] == control(changed, "null")["f1"]["mean"]);
  settings.square.reset();
  CHECK(contains(error_of([&] { ablation_benchmark(loaded, cases, settings, kNoProgress); }), "--square"));
  settings.name = "resample";
  const CaseSet one{"one", {cases.cases[0]}, {}, {}};
  CHECK(contains(error_of([&] { ablation_benchmark(loaded, one, settings, kNoProgress); }), "no other case"));
  settings.name = "zero", settings.site = SiteKind::mlp_post;
  CHECK(contains(error_of([&] { ablation_benchmark(loaded, cases, settings, kNoProgress); }), "--layers"));
  settings.layers = std::pair{1, 1};
  CHECK(static_cast<std::int64_t>(ablation_benchmark(loaded, cases, settings, kNoProgress)["edits"].size()) ==
        loaded.model.config().d_mlp);
}

TEST_CASE("a subspace is searched for on some cases and reported on others") {
  const auto loaded = small_model(6, 16);
  auto recipe = recipe_of(90);
  recipe.square = 14;  // g2
  const auto cases = cases_of(loaded, recipe);
  AlignmentSettings settings;
  settings.search.steps = 4, settings.workers = 1;
  const auto found = alignment_benchmark(loaded, cases, settings, kNoProgress);
  CHECK(found["chosen_on"] == 30);
  CHECK(found["edits"].back()["error"]["n"] == 60);
  for (const char* name : {"null", "random-subspace", "whole-stream", "untrained"})
    CHECK(control(found, name)["interchange_accuracy"]["n"] == 60);
  CHECK(contains(error_of([&] { alignment_benchmark(loaded, cases_of(loaded, recipe_of(90)), settings, kNoProgress); }),
                 "--square"));
}

TEST_CASE("presets are the published procedures, for models of other depths too") {
  ModelConfig paper{.board = 8, .layers = 8};
  const auto flip = preset("nanda2023-flip", paper);
  CHECK(flip.settings.site == SiteKind::attn_out);
  CHECK(*flip.settings.layers == std::pair{2, 7});
  CHECK(*flip.settings.method.probe_layer == 5);
  CHECK_FALSE(flip.settings.method.relative);
  CHECK(preset("nanda2023-erase", paper).cases.change == Change::erase);
  CHECK(*preset("li2023", paper).settings.layers == std::pair{4, 7});
  CHECK(preset("li2023", {.board = 6, .layers = 2}).settings.layers->second == 1);
  CHECK(contains(error_of([&] { preset("li2024", paper); }), "li2023"));
}

}  // namespace othello::test
