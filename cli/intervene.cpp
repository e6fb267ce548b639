#include <memory>
#include <set>

#include "cli/commands.h"
#include "cli/intervene_text.h"
#include "cli/options.h"
#include "cli/stages.h"
#include "common/interrupt.h"
#include "common/log.h"
#include "data/players.h"
#include "engine/notation.h"
#include "interventions/ablation.h"
#include "interventions/alignment.h"
#include "interventions/presets.h"
#include "model/linearised.h"
#include "model/runtime.h"

namespace othello {
namespace {

struct InterveneOptions {
  std::string model, player, probes, preset, cases = "natural", change = "flip", square, site, positions = "1";
  std::string edit = "linear";
  std::vector<int> layers;
  std::vector<double> scales;
  int squares = 1, steps = 0, probe_layer = 0, rounds = 4, rollout = 10;
  double rate = 0;
  std::int64_t case_count = 900, hidden = 0, dimension = 1, fit_games = 2000;
  std::uint64_t seed = 1;
  int workers = 0;
  bool absolute = false, no_controls = false;
  OutputOptions output;
};

bool is_one_of(const std::string& word, const std::vector<std::string>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// Which flags the user gave: those of a preset yield to them.
using Given = std::function<bool(const char* flag)>;

std::optional<std::pair<int, int>> layers_of(const InterveneOptions& options) {
  if (options.layers.empty()) return std::nullopt;
  if (options.layers[0] > options.layers[1]) throw UsageError("--layers FIRST,LAST: the first comes after the last");
  return std::pair{options.layers[0], options.layers[1]};
}

int positions_of(const InterveneOptions& options) {
  if (options.positions == "all") return 0;
  const auto number = options.positions.find_first_not_of("0123456789") == std::string::npos &&
                              options.positions.size() < 4 && !options.positions.empty()
                          ? std::stoi(options.positions)
                          : 0;
  if (number < 1) throw UsageError("--positions must be a number from 1, or 'all'");
  return number;
}

/// Flags that say nothing to what was asked for are a mistake, not to be passed over.
void refuse(const Given& given, const std::vector<const char*>& flags, const std::string& why) {
  for (const char* flag : flags)
    if (given(flag)) throw UsageError(fmt::format("{} does not go with {}", flag, why));
}

void check_flags(const InterveneOptions& options, const Given& given) {
  const auto edit = "--edit " + options.edit;
  const bool steers = is_one_of(options.edit, method_names()), erases = options.edit.find("erase") != std::string::npos;
  if (!steers)
    refuse(given, {"--preset", "--scales", "--absolute", "--probe-layer", "--hidden", "--rollout", "--no-controls"},
           edit);
  if (options.edit != "gradient" && options.edit != "subspace" && options.preset != "li2023")
    refuse(given, {"--steps", "--rate"}, edit);
  if (options.edit != "subspace") refuse(given, {"--dimension"}, edit);
  else refuse(given, {"--site", "--positions"}, edit);
  if (options.edit != "iterative-erase") refuse(given, {"--rounds"}, edit);
  if (erases) refuse(given, {"--site"}, edit);
  if (!erases && !steers && options.edit != "subspace") refuse(given, {"--square"}, edit);
  if (options.edit == "donor") refuse(given, {"--probe-layer", "--absolute", "--scales"}, edit);
  const bool of_file = !is_one_of(options.cases, case_set_names());
  const auto cases = "--cases " + options.cases;
  if (of_file) refuse(given, {"--case-count", "--change", "--squares"}, cases);
  if (of_file && !erases) refuse(given, {"--square"}, cases);
  if (options.cases != "natural") refuse(given, {"--change"}, cases);
  if (!of_file && options.cases != "natural" && options.cases != "unnatural") refuse(given, {"--squares"}, cases);
}

CaseSet cases_of(const InterveneOptions& options, const LoadedModel& loaded,
                 const std::shared_ptr<const Player>& player, CaseRecipe recipe, const Given& given) {
  const auto vocabulary = loaded.model.config().vocabulary();
  if (!is_one_of(options.cases, case_set_names())) {
    if (!std::filesystem::exists(options.cases))
      fail("--cases: '{}' is neither a file nor one of natural, unnatural, donor, transposition and positions",
           options.cases);
    return read_cases(options.cases, vocabulary);
  }
  recipe.set = options.cases;
  recipe.count = options.case_count;
  recipe.seed = options.seed;
  recipe.squares = options.squares;
  recipe.first_ply = std::max(recipe.first_ply, positions_of(options));
  if (given("--change")) recipe.change = options.change == "erase" ? Change::erase : Change::flip;
  if (!options.square.empty()) recipe.square = parse_square(options.square, vocabulary.board());
  return draw_cases(loaded, player, recipe);
}

InterveneSettings settings_of(const InterveneOptions& options, InterveneSettings settings, const Given& given) {
  auto& method = settings.method;
  if (given("--edit")) method.name = options.edit;
  if (given("--site")) settings.site = parse_site_kind(options.site);
  if (given("--layers")) settings.layers = layers_of(options);
  if (given("--scales")) method.scales = options.scales;
  if (given("--absolute")) method.relative = false;
  if (given("--probe-layer")) method.probe_layer = options.probe_layer;
  if (given("--steps")) method.descent.steps = options.steps;
  if (given("--rate")) method.descent.rate = options.rate;
  if (given("--hidden")) settings.hidden = options.hidden;
  settings.positions = positions_of(options);
  settings.controls = !options.no_controls;
  settings.rollout = options.rollout;
  settings.fit_games = options.fit_games;
  settings.seed = options.seed;
  settings.workers = options.workers;
  if (settings.hidden > 0 && method.name != "gradient") {
    if (given("--hidden")) throw UsageError("--hidden: only gradient edits go through probes with a hidden layer");
    settings.hidden = 0;  // a preset's, with another edit
  }
  return settings;
}

Json run_steering(const InterveneOptions& options, const LoadedModel& loaded,
                  const std::shared_ptr<const Player>& player, const Given& given) {
  Preset from;
  if (!options.preset.empty()) from = preset(options.preset, loaded.model.config());
  auto settings = settings_of(options, from.settings, given);
  settings.player = player;
  if (settings.method.name == "donor" && !given("--cases"))
    throw UsageError("--edit donor needs cases with donors: --cases donor, transposition or a file");
  ProbeSet probes;
  if (needs_probes(settings)) probes = read_probes(probes_for(options.model, options.probes), loaded);
  const auto cases = cases_of(options, loaded, player, from.cases, given);
  Json result = intervene_stage("intervening", loaded, options.seed, player, [&](const auto& progress) {
    return intervention_benchmark(loaded, probes, cases, settings, progress);
  });
  if (!options.preset.empty())
    result["preset"] = {{"name", from.name},
                        {"paper", from.paper},
                        {"published_error", from.published_error},
                        {"published_null", from.published_null},
                        {"note", from.note}};
  return result;
}

Json run_ablation(const InterveneOptions& options, const LoadedModel& loaded,
                  const std::shared_ptr<const Player>& player, const Given& given) {
  AblationSettings settings;
  settings.name = options.edit;
  if (given("--site")) settings.site = parse_site_kind(options.site);
  settings.layers = layers_of(options);
  settings.rounds = options.rounds;
  settings.positions = positions_of(options);
  settings.fit_games = options.fit_games;
  settings.seed = options.seed;
  settings.workers = options.workers;
  settings.player = player;
  auto with_positions = options;
  if (!given("--cases")) with_positions.cases = "positions";
  if (!options.square.empty()) settings.square = parse_square(options.square, board_size(loaded.model.config().board));
  with_positions.square.clear();
  const auto cases = cases_of(with_positions, loaded, player, {}, given);
  return intervene_stage("ablating", loaded, options.seed, player,
                         [&](const auto& progress) { return ablation_benchmark(loaded, cases, settings, progress); });
}

Json run_alignment(const InterveneOptions& options, const LoadedModel& loaded,
                   const std::shared_ptr<const Player>& player, const Given& given) {
  AlignmentSettings settings;
  settings.dimension = options.dimension;
  settings.layers = layers_of(options);
  if (given("--steps")) settings.search.steps = options.steps;
  if (given("--rate")) settings.search.rate = options.rate;
  settings.seed = options.seed;
  settings.workers = options.workers;
  if (options.square.empty() && !given("--cases"))
    throw UsageError("--edit subspace searches for one square: --square d3");
  const auto cases = cases_of(options, loaded, player, {}, given);
  return intervene_stage("searching", loaded, options.seed, player,
                         [&](const auto& progress) { return alignment_benchmark(loaded, cases, settings, progress); });
}

std::vector<std::string> all_edits() {
  auto all = method_names();
  all.insert(all.end(), ablation_names().begin(), ablation_names().end());
  all.emplace_back("subspace");
  return all;
}

void add_case_flags(CLI::App& command, const std::shared_ptr<InterveneOptions>& options) {
  command
      .add_option("--cases", options->cases,
                  "natural, unnatural, donor, transposition, positions, or a file with a case a line")
      ->type_name("SET|FILE")
      ->capture_default_str();
  command.add_option("--case-count", options->case_count, "Number of cases drawn")
      ->type_name("N")
      ->check(whole_number(1, 1'000'000))
      ->capture_default_str();
  command.add_option("--change", options->change, "Of natural cases: discs are turned or erased")
      ->type_name("flip|erase")
      ->check(CLI::IsMember({"flip", "erase"}).description(""))
      ->capture_default_str();
  command.add_option("--squares", options->squares, "Squares changed at once")
      ->type_name("N")
      ->check(whole_number(1, 32))
      ->capture_default_str();
  command.add_option("--square", options->square, "Only cases that change this square (erase: its state alone)")
      ->type_name("SQUARE");
}

void add_edit_flags(CLI::App& command, const std::shared_ptr<InterveneOptions>& options) {
  command.add_option("--preset", options->preset, "A published procedure; other flags change it")
      ->type_name("NAME")
      ->check(CLI::IsMember(preset_names()).description(""));
  command
      .add_option("--edit", options->edit,
                  "linear, coordinate, gradient, donor; mean, zero, resample, erase, iterative-erase; subspace")
      ->type_name("NAME")
      ->check(CLI::IsMember(all_edits()).description(""))
      ->capture_default_str();
  command
      .add_option("--site", options->site, "resid_pre, resid_mid, resid_post (default), attn_out, mlp_out, mlp_post, z")
      ->type_name("SITE");
  command.add_option("--layers", options->layers, "Only this range of blocks (default: every range is tried)")
      ->type_name("FIRST,LAST")
      ->delimiter(',')
      ->expected(2)
      ->check(whole_number(0, 200));
  command.add_option("--scales", options->scales, "Sizes of the edit that are tried (linear: 0.05,0.1,0.2,0.3,0.5)")
      ->type_name("S,…")
      ->delimiter(',')
      ->expected(1, 100)
      ->check(real_number(-1e6, 1e6));
  command.add_flag("--absolute", options->absolute,
                   "linear, gradient: sizes are absolute, not in units of the activation's");
  command
      .add_option("--probe-layer", options->probe_layer,
                  "Directions of the probe behind this block, wherever the edit is")
      ->type_name("L")
      ->check(whole_number(0, 200));
  command.add_option("--positions", options->positions, "How many of the last positions are edited, or all")
      ->type_name("N|all")
      ->capture_default_str();
  command.add_option("--steps", options->steps, "gradient (100), subspace (300): steps")
      ->type_name("N")
      ->check(whole_number(1, 1'000'000));
  command.add_option("--rate", options->rate, "gradient (0.001), subspace (0.02): rate")
      ->type_name("R")
      ->check(real_number(1e-9, 1e3));
  command.add_option("--hidden", options->hidden, "gradient: through probes with a hidden layer of this width")
      ->type_name("N")
      ->check(whole_number(1, 65536));
  command.add_option("--dimension", options->dimension, "subspace: its dimension")
      ->type_name("K")
      ->check(whole_number(1, 65536))
      ->capture_default_str();
  command.add_option("--rounds", options->rounds, "iterative-erase: rounds")
      ->type_name("N")
      ->check(whole_number(1, 1000))
      ->capture_default_str();
}

/// What the report and the verdict read is the linear edit of one disc of natural cases; others do not take its place.
std::string result_name(const InterveneOptions& options) {
  std::string name = "intervene";
  const auto add = [&](const std::string& part) { name += "-" + part; };
  if (!options.preset.empty()) add(options.preset);
  else if (options.edit != "linear") add(options.edit);
  if (!is_one_of(options.edit, method_names())) return name;
  if (!is_one_of(options.cases, case_set_names())) add("file");
  else if (options.cases != "natural") add(options.cases);
  if (options.change == "erase") add("erased");
  if (options.squares > 1) add(fmt::format("{}-squares", options.squares));
  if (!options.square.empty()) add(options.square);
  return name;
}

}  // namespace

void add_intervene(CLI::App& app) {
  auto options = std::make_shared<InterveneOptions>();
  CLI::App& command = add_command(
      app, "intervene", "Change the board inside the model: do the predicted moves follow?",
      "Edits the last positions of cases from games never trained on. A third of them chooses layers, scale and\n"
      "probe, the rest report, beside no edit, a random direction as far, a wrong square, the probe of another\n"
      "layer, an untrained model with its own probes, and an edit that leaves the board as it is. If --model is a\n"
      "run, written to results/: intervene.json, or intervene-….json for other edits, cases and presets.\n"
      "Edits: linear (along probe directions), coordinate (a square's scores exchanged), gradient (descent\n"
      "through a probe), donor (another game's activation). What parts are worth: mean, zero, resample (heads,\n"
      "or --site), erase and iterative-erase (what is linearly readable). subspace: searched for one --square.\n"
      "A file of cases: {\"history\": \"f5d6c3\", \"flip\": \"d5\"} a line; also \"erase\", \"donor\" (README).\n"
      "Example: othello-gpt intervene --model runs/mini --case-count 900\n"
      "         othello-gpt intervene --model runs/mini --preset nanda2023-flip --scales 30,60,120\n"
      "         othello-gpt intervene --model runs/mini --cases mine.jsonl --layers 1,3 --scales 0.2");
  add_model(command, options->model);
  command.add_option("--probes", options->probes, "File of probes; default: results/probes.safetensors of the run")
      ->type_name("FILE");
  add_case_flags(command, options);
  add_edit_flags(command, options);
  command.add_option("--rollout", options->rollout, "Moves played after the edit: does the board persist? 0 = none")
      ->type_name("K")
      ->check(whole_number(0, 60))
      ->capture_default_str();
  command.add_flag("--no-controls", options->no_controls,
                   "Leave out the untrained model, and the maps of controls over all layers and scales");
  command
      .add_option("--fit-games", options->fit_games, "Games for what is fitted here: an untrained model's probes, …")
      ->type_name("N")
      ->check(whole_number(60, 1'000'000))
      ->capture_default_str();
  add_seed(command, options->seed, "Root seed of the cases, of their parting and of random directions");
  add_player(command, options->player, "Who plays the games (default: the player it was trained on)");
  add_workers(command, options->workers);
  options->output.add_to(command);
  command.callback([options, &command] {
    options->output.apply();
    prepare_runtime();
    watch_for_interrupt();
    const Given given = [&command](const char* flag) { return command.count(flag) > 0; };
    check_flags(*options, given);
    const auto loaded = load_model(options->model);
    require_ordinary(loaded.model, "intervening");
    const auto player = player_for(loaded, options->player);
    const bool steers = is_one_of(options->edit, method_names());
    const Json result = steers                        ? run_steering(*options, loaded, player, given)
                        : options->edit == "subspace" ? run_alignment(*options, loaded, player, given)
                                                      : run_ablation(*options, loaded, player, given);
    options->output.print(result, intervene_text(result));
    store_result(options->model, result_name(*options), result);
  });
}

}  // namespace othello
