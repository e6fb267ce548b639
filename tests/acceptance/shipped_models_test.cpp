// If these fail, a model that ships with the repository is not what its card says: its weights were damaged, or the
// network, the labels, the frame of a position or the edits compute something else than when it was measured. Every
// folder of pretrained/ is held to its evaluation.json and its analysis.json, on other games than theirs.
#include "tests/support/torch_test.h"
//
#include <algorithm>
#include <cmath>
#include <numeric>

#include "common/files.h"
#include "data/players.h"
#include "interventions/benchmark.h"
#include "model/checkpoint.h"
#include "model/evaluation.h"
#include "model/runtime.h"
#include "probes/sweep.h"
#include "training/config.h"

namespace othello::test {
namespace {

namespace fs = std::filesystem;

// The cards' evaluations and analyses have seeds 1 and 11 to 16. The games and cases are as many as those of
// analysis.json's `few` (scripts/ship_model).
constexpr std::uint64_t kSeed = 2;
constexpr std::int64_t kProbeGames = 600, kCases = 300;
constexpr std::uintmax_t kLargestFile = 16 << 20;

struct Shipped {
  fs::path folder;
  Json evaluation, analysis;

  std::shared_ptr<const Player> player() const {
    return make_player(evaluation["data"]["player"], board_size(evaluation["model"]["board"]));
  }
};

Json read_json(const fs::path& file) { return parse_json(read_file(file), file.string()); }

std::vector<Shipped> shipped_models() {
  std::vector<Shipped> all;
  for (const auto& entry : fs::directory_iterator(fs::path(OTHELLO_SOURCE) / "pretrained"))
    if (entry.is_directory())
      all.push_back(
          {entry.path(), read_json(entry.path() / "evaluation.json"), read_json(entry.path() / "analysis.json")});
  std::sort(all.begin(), all.end(), [](const Shipped& a, const Shipped& b) { return a.folder < b.folder; });
  return all;
}

double mean_of(const Json& estimate) { return estimate["mean"]; }

/// Of a 95 % interval.
double standard_error(const Json& e) { return (e["high"].get<double>() - e["low"].get<double>()) / (2 * 1.96); }

/// Four standard errors of the difference of two estimates. `here` has few clusters, in which a rare event may happen
/// to be missing: its error is at least that of the shipped one for as many.
double allowance(const Json& here, const Json& shipped) {
  const double error = standard_error(shipped);
  const double fewer = error * std::sqrt(shipped["n"].get<double>() / here["n"].get<double>());
  return 4 * std::hypot(error, std::max(fewer, standard_error(here)));
}

void check_like(const char* what, const Json& here, const Json& shipped) {
  INFO(what << ": " << here << " here, shipped as " << shipped);
  CHECK(std::abs(mean_of(here) - mean_of(shipped)) <= allowance(here, shipped));
}

/// Whether `here` could be one more of `repeats`, the same measurement with other seeds: four standard deviations, as
/// they spread or, if by luck that is less, as its own interval says.
void check_one_of(const char* what, const Json& here, const std::vector<double>& repeats) {
  const auto n = static_cast<double>(repeats.size());
  const double mean = std::accumulate(repeats.begin(), repeats.end(), 0.0) / n;
  double squares = 0;
  for (const double x : repeats) squares += (x - mean) * (x - mean);
  const double deviation = std::max(std::sqrt(squares / (n - 1)), standard_error(here)) * std::sqrt(1 + 1 / n);
  INFO(what << ": " << here << " here, with other seeds " << mean << " ± " << deviation);
  CHECK(std::abs(mean_of(here) - mean) <= 4 * deviation);
}

Json row_of_site(const Json& sweep, const std::string& site) {
  for (const auto& row : sweep["probes"])
    if (row["site"] == site && row["kind"] == "ridge") return row;
  FAIL("no probe at " << site);
  return {};
}

ProbeSweep few_probes(const LoadedModel& loaded, const std::shared_ptr<const Player>& player) {
  ProbeSettings settings;
  settings.games = kProbeGames;
  settings.sites = {"resid", "mid"};  // as analysis.json has them
  settings.seed = kSeed;
  settings.workers = 1;
  settings.player = player;
  settings.untrained = 0;
  settings.controls = settings.details = false;
  settings.information.positions = 0;
  Unfinished none;
  return probe_sweep(loaded, settings, none, [](double, const std::string&) {});
}

Json few_edits(const LoadedModel& loaded, const ProbeSet& probes, const std::shared_ptr<const Player>& player,
               const Json& shipped) {
  InterveneSettings settings;
  settings.layers = {shipped["first_layer"].get<int>(), shipped["last_layer"].get<int>()};
  settings.method.scales = {shipped["scale"].get<double>()};
  if (!shipped["probe_layer"].is_null()) settings.method.probe_layer = shipped["probe_layer"].get<int>();
  settings.controls = false;
  settings.rollout = 0;
  settings.seed = kSeed;
  settings.workers = 1;
  settings.player = player;
  CaseRecipe recipe;
  recipe.count = kCases;
  recipe.seed = kSeed;
  const auto vocabulary = loaded.model.config().vocabulary();
  const auto cases = draw_cases(GameSource(vocabulary.board(), kSeed, Purpose::cases, player), vocabulary, recipe);
  return intervention_benchmark(loaded, probes, cases, settings, [](double, const std::string&) {});
}

}  // namespace

TEST_CASE("The files of every shipped model are whole, small enough, and say the same of it") {
  const auto models = shipped_models();
  CHECK(models.size() >= 2);
  for (const auto& shipped : models) {
    INFO(shipped.folder.string());
    const auto file = shipped.folder / kModelFile;
    CHECK(fs::file_size(file) <= kLargestFile);
    CHECK(sha256(read_file(file)) == shipped.evaluation["model"]["sha256"]);
    CHECK(shipped.analysis["sha256"] == shipped.evaluation["model"]["sha256"]);
    CHECK(contains(read_file(shipped.folder / "README.md"), "# pretrained/" + shipped.folder.filename().string()));

    RunConfig config;
    read_config(config, read_json(shipped.folder / "config.json"));
    const auto loaded = load_model(shipped.folder);
    CHECK(config.model == loaded.model.config());
    CHECK(config.train.player == loaded.facts.player);
    CHECK(config.train.targets == loaded.facts.targets);
    const Json facts = loaded.describe();
    for (const auto& [field, told] : shipped.evaluation["model"].items()) {
      INFO(field);
      if (field != "path") CHECK(facts[field] == told);
    }
  }
}

TEST_CASE("Every shipped model predicts other games as well as its card says") {
  prepare_runtime();
  for (const auto& shipped : shipped_models()) {
    INFO(shipped.folder.string());
    REQUIRE(shipped.evaluation["data"]["seed"] != kSeed);
    const auto loaded = load_model(shipped.folder);
    const auto board = board_size(loaded.model.config().board);
    const GameSource source(board, kSeed, Purpose::evaluation, shipped.player());
    const auto here = evaluate(loaded.model, source, board.side == 6 ? 300 : 150, 1).to_json();
    for (const char* field : {"excess", "kl", "legal_top1", "legal_mass", "cross_entropy", "floor"})
      check_like(field, here[field], shipped.evaluation[field]);
  }
}

TEST_CASE("The board is read from every shipped model, and edited in it, as well as its card says") {
  prepare_runtime();
  for (const auto& shipped : shipped_models()) {
    INFO(shipped.folder.string());
    const auto loaded = load_model(shipped.folder);
    const auto& probe = shipped.analysis["probe"];
    const auto& few = shipped.analysis["few"];
    const auto sweep = few_probes(loaded, shipped.player());
    const auto& here = sweep.document;
    check_one_of("share of squares read", row_of_site(here, probe["site"])["accuracy"], few["accuracy"]);
    // Few games starve the one-hot control, which brings the network no nearer to it. The margin over it is largest on
    // discs that were turned, for there a board counts.
    const auto& beyond = here["best"]["differences"]["one-hot"];
    CHECK(mean_of(beyond) >= mean_of(probe["beyond_one_hot"]) - allowance(beyond, probe["beyond_one_hot"]));
    for (const auto& rung : here["best"]["differences_by_flips"]["one-hot"]) {
      INFO("discs turned " << rung["flips"] << " times: " << rung["accuracy"]);
      if (rung["flips"] != "0") CHECK(mean_of(rung["accuracy"]) > mean_of(probe["beyond_one_hot"]));
    }

    const auto& edits = shipped.analysis["intervene"];
    const auto edited = few_edits(loaded, sweep.probes, shipped.player(), edits);
    const auto& error = edited["edits"][0]["error"];
    const Json* null = nullptr;
    for (const auto& control : edited["controls"])
      if (control["name"] == "null") null = &control["error"];
    REQUIRE(null != nullptr);
    check_one_of("error after a disc is flipped inside", error, few["error"]);
    check_like("error without the edit", *null, edits["null"]);
    CHECK(mean_of(error) < mean_of(*null) / 2);
    CHECK(edited["differences"]["null"]["high"].get<double>() < 0);
    CHECK(edited["differences"]["random-direction"]["high"].get<double>() < 0);
  }
}

}  // namespace othello::test
