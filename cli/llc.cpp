#include "theory/llc.h"

#include <algorithm>
#include <limits>
#include <memory>

#include "cli/commands.h"
#include "cli/held_out.h"
#include "cli/llc_text.h"
#include "cli/options.h"
#include "cli/stages.h"
#include "common/files.h"
#include "common/interrupt.h"
#include "common/log.h"
#include "common/progress.h"
#include "common/threads.h"
#include "data/players.h"
#include "model/linearised.h"
#include "model/runtime.h"
#include "theory/checkpoint_series.h"
#include "theory/llc_cases.h"
#include "theory/llc_components.h"

namespace othello {
namespace {

struct LlcOptions {
  std::string model, player, sampler = "sgld";
  std::vector<std::string> components, subsets;
  std::int64_t games = 2048, batch_games = 32;
  int checkpoints = 0, case_draws = 0;
  bool sweep = false, calibrate = false, dry_run = false;
  LlcSettings settings;
  OutputOptions output;
};

/// A model to estimate, and what is known of its place in training.
struct Subject {
  LoadedModel loaded;
  std::string name;
  Json step, games, decayed;  // null where it is not known
};

/// The last checkpoint of a run is at rest or not by its schedule; nobody knows of a file.
Json decayed_at_end(const std::string& model) {
  if (!RunFolder::is_run(model)) return {};
  try {
    return checkpoint_series(RunFolder::open(model), 1).back().decayed();
  } catch (const Error&) {  // a gap, say, which does not matter to the last
    return {};
  }
}

Subject one_subject(const LlcOptions& options) {
  auto loaded = load_model(options.model);
  const bool known = loaded.facts.player != kUnknown;
  const auto name = loaded.file.parent_path().filename().string();
  Json step, games;
  if (known) step = loaded.facts.step, games = loaded.facts.games - loaded.facts.first_game;
  return {std::move(loaded), name, step, games, decayed_at_end(options.model)};
}

std::vector<Subject> subjects_of(const LlcOptions& options) {
  std::vector<Subject> all;
  if (options.checkpoints == 0) {
    all.push_back(one_subject(options));
    return all;
  }
  if (!RunFolder::is_run(options.model))
    fail("{} is no run folder: --checkpoints takes the checkpoints of a run", options.model);
  const auto series =
      log_spaced(checkpoint_series(RunFolder::open(options.model), 2), static_cast<std::size_t>(options.checkpoints));
  for (const auto& point : series)
    all.push_back({load_model(point.folder), point.name, point.step, point.games, point.decayed()});
  return all;
}

Json settings_document(const LlcOptions& options, const LlcGames& games) {
  const auto& s = options.settings;
  return {{"n_beta", s.sgld.n_beta},
          {"gamma", s.sgld.gamma},
          {"step_size", s.sgld.step_size},
          {"draws", s.draws},
          {"burn_in", s.burn_in},
          {"chains", s.chains},
          {"batch_games", games.batch_games},
          {"games", games.games()},
          {"sampler", options.sampler},
          {"interval", "t over chains"}};
}

/// What all of it will take, from a minibatch that is timed.
Json cost_of(const Subject& subject, const LlcGames& games, const LlcOptions& options, std::size_t subjects) {
  const auto& model = subject.loaded.model;
  const auto cost =
      options.sweep ? llc_sweep_cost(model, games, options.settings) : llc_cost(model, games, options.settings);
  const auto times = static_cast<double>(subjects);
  const int workers = options.settings.workers > 0 ? options.settings.workers : available_cores();
  return {{"seconds", times * cost.seconds},
          {"seconds_per_game", cost.seconds_per_game},
          {"games", times * cost.games},
          {"workers", workers}};
}

/// Estimates of every subject with its place in training on every row.
Json estimates_of(const std::vector<Subject>& subjects, const LlcGames& games, const LlcSettings& settings) {
  Progress bar("learning coefficient");
  Json rows = Json::array();
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    const auto& subject = subjects[i];
    const auto found = llc_estimates(subject.loaded.model, games, settings, [&](double share) {
      if (interrupted()) throw Interrupted{};
      bar.update((static_cast<double>(i) + share) / static_cast<double>(subjects.size()), subject.name);
    });
    for (const Json& row : found) {
      Json full{
          {"checkpoint", subject.name}, {"step", subject.step}, {"games", subject.games}, {"decayed", subject.decayed}};
      full.update(row);
      rows.push_back(full);
    }
  }
  return rows;
}

Json sweep_of(const Subject& subject, const LlcGames& games, const LlcSettings& settings) {
  Progress bar("sweep");
  return llc_sweep(subject.loaded.model, games, settings, [&](double share) {
    if (interrupted()) throw Interrupted{};
    bar.update(share, "over ε, γ and nβ");
  });
}

Json calibration(const LlcSettings& settings, int most_draws) {
  Progress bar("calibrating");
  return llc_cases(settings.seed, settings.workers, most_draws, [&](double share) {
    if (interrupted()) throw Interrupted{};
    bar.update(share, "problems whose coefficient is known");
  });
}

/// Other players' games as player_for has it for the model's own.
void warn_of_seen_subsets(const LoadedModel& loaded, const std::vector<std::string>& subsets) {
  for (const auto& name : subsets) {
    const auto subset = parse_subset(name);
    if (subset.kind != LlcSubset::Kind::player) continue;
    const auto player = make_player(subset.player, board_size(loaded.model.config().board));
    if (const auto seen = seen_player(loaded.facts, player.get()); seen != Seen::no)
      log_warning(fmt::format("the model {} trained on the games of the subset {}", in_words(seen), name));
  }
}

/// What is asked of a model, but for the envelope.
void add_model_results(Json& result, LlcOptions& options) {
  const auto subjects = subjects_of(options);
  const auto& last = subjects.back();
  require_ordinary(last.loaded.model, "the local learning coefficient");
  const auto player = player_for(last.loaded, options.player);
  auto& settings = options.settings;
  settings.components = component_names(options.components, last.loaded.model.config());
  if (options.sweep && settings.components.size() > 1)
    throw UsageError(fmt::format("--sweep takes one component, not {}", settings.components.size()));
  warn_of_seen_subsets(last.loaded, options.subsets);
  const auto games =
      llc_games(last.loaded.model.config(), player, options.subsets, options.games, options.batch_games, settings.seed);
  result["model"] = last.loaded.describe();
  result["data"] = data_of(last.loaded, player.get(), settings.seed, games.games());
  result["settings"] = settings_document(options, games);
  result["cost"] = cost_of(last, games, options, subjects.size());
  log_info(fmt::format("this will take about {}", format_duration(result["cost"]["seconds"].get<double>())));
  if (options.dry_run) return;
  result["sweep"] = options.sweep ? sweep_of(last, games, settings) : Json();
  result["estimates"] = options.sweep ? Json::array() : estimates_of(subjects, games, settings);
}

/// What the run keeps from before, null if that is nothing. Throws Error if it cannot be read, which would be a pity
/// after the work.
Json earlier_result(const LlcOptions& options) {
  if (options.model.empty() || options.dry_run || !RunFolder::is_run(options.model)) return {};
  const auto file = RunFolder::open(options.model).result_file("llc");
  return std::filesystem::exists(file) ? parse_json(read_file(file), file.string()) : Json();
}

bool same_place(const Json& a, const Json& b) {
  return a.value("checkpoint", "") == b.value("checkpoint", "") &&
         a.value("component", "") == b.value("component", "") && a.value("subset", "") == b.value("subset", "");
}

/// The result as the run keeps it: estimates (by the same settings), sweep and calibration that this command did not
/// make stay as they were, if they are of the same weights.
Json with_earlier(const Json& earlier, const Json& result) {
  if (!earlier.is_object() || !earlier.contains("model") || earlier["model"] != result["model"]) return result;
  Json kept = result;
  if (result["estimates"].empty() && earlier.contains("settings"))
    kept["settings"] = earlier["settings"], kept["estimates"] = earlier["estimates"];
  else if (earlier.contains("estimates") && earlier.value("settings", Json()) == result["settings"])
    for (const auto& row : earlier["estimates"])
      if (std::none_of(result["estimates"].begin(), result["estimates"].end(),
                       [&](const Json& other) { return same_place(row, other); }))
        kept["estimates"].push_back(row);
  for (const char* part : {"sweep", "cases"})
    if ((!kept.contains(part) || kept[part].is_null()) && earlier.contains(part)) kept[part] = earlier[part];
  return kept;
}

void run_llc(LlcOptions& options) {
  const Stopwatch clock;
  if (options.model.empty() && !options.calibrate)
    throw UsageError("--model is required, but for --calibrate (see 'othello-gpt llc --help')");
  try {
    options.settings.sgld.check();
  } catch (const Error& error) {
    throw UsageError(error.what());
  }
  options.settings.sgld.sampler = options.sampler == "rmsprop" ? Sampler::rmsprop : Sampler::sgld;
  const Json earlier = earlier_result(options);
  Json result = result_envelope("llc");
  if (!options.model.empty()) add_model_results(result, options);
  if (options.calibrate && !options.dry_run) {
    if (options.model.empty()) result["estimates"] = Json::array();
    result["cases"] = calibration(options.settings, options.case_draws);
  }
  result["seconds"] = clock.seconds();
  options.output.print(result, llc_text(result));
  if (!options.model.empty() && !options.dry_run) store_result(options.model, "llc", with_earlier(earlier, result));
}

/// What a sweep or a calibration would leave out without a word.
void check_combination(const CLI::App& command, const LlcOptions& options) {
  const auto refuse = [&](std::initializer_list<const char*> flags, const char* why) {
    for (const char* flag : flags)
      if (command.count(flag) > 0) throw UsageError(fmt::format("{} says nothing {}", flag, why));
  };
  if (options.sweep)
    refuse({"--checkpoints", "--subset"}, "to --sweep, which is of all positions and the last checkpoint");
  if (options.calibrate && options.model.empty())
    refuse({"--chains", "--gamma", "--n-beta", "--step-size", "--sampler", "--burn-in", "--batch", "--games",
            "--player", "--component", "--subset", "--checkpoints", "--sweep", "--dry-run"},
           "to --calibrate without --model: the known problems have settings of their own");
}

void add_sampler(CLI::App& command, LlcOptions& options) {
  auto& settings = options.settings;
  const auto real = [&](const char* flag, double& value, double low, const char* what) {
    command.add_option(flag, value, what)->type_name("X")->check(real_number(low, 1e12))->capture_default_str();
  };
  const auto whole = [&](const char* flag, auto& value, std::uint64_t low, const char* what) {
    command.add_option(flag, value, what)->type_name("N")->check(whole_number(low, 1'000'000))->capture_default_str();
  };
  real("--n-beta", settings.sgld.n_beta, 1e-12, "nβ: what the loss is multiplied with");
  real("--gamma", settings.sgld.gamma, 0,
       "γ: how strongly chains are held at the weights; 0 would be a flat prior over infinite space");
  real("--step-size", settings.sgld.step_size, 1e-18, "ε of the Langevin step");
  command.add_option("--sampler", options.sampler, "Langevin steps, plain or scaled by running gradients")
      ->type_name("sgld|rmsprop")
      ->check(CLI::IsMember({"sgld", "rmsprop"}).description(""))
      ->capture_default_str();
  whole("--chains", settings.chains, 2, "Chains; the interval is over them");
  whole("--draws", settings.draws, 4, "Draws of each chain; with --calibrate at most so many");
  whole("--burn-in", settings.burn_in, 0, "Draws before them that do not count");
  whole("--batch", options.batch_games, 1, "Games of a draw");
}

}  // namespace

void add_llc(CLI::App& app) {
  auto options = std::make_shared<LlcOptions>();
  auto& settings = options->settings;
  CLI::App& command = add_command(
      app, "llc", "How degenerate is the minimum that training found? The local learning coefficient",
      "λ̂ = nβ·(E[L] − L(w*)) by Langevin chains around the weights w*; L is the mean cross-entropy of the moves "
      "played\n"
      "on fixed games that were not trained on. Smaller is more degenerate; half the number of weights is a regular\n"
      "minimum. Compare only at equal nβ and γ. Rows whose chains misbehave say so. Written to results/llc.json if\n"
      "--model is a run; docs/THEORY.md says how to read it.\n"
      "Components (only these weights move): all, embed, unembed, blocks.2, blocks.2.attn, blocks.2.mlp,\n"
      "blocks.2.head.1, each-block, each-attn, each-mlp, each-head.\n"
      "Subsets (their loss along the same chains): flips:K (the next move turns a disc that was turned K times "
      "before,\n"
      "none more often; 0 to 3, 4+), ply:A-B (positions after moves A to B), player:NAME (games of another player).\n"
      "Example: othello-gpt llc --model runs/mini --checkpoints 6\n"
      "         othello-gpt llc --model pretrained/mini --component each-block --subset flips:0 --subset flips:4+\n"
      "         othello-gpt llc --calibrate");
  add_model(command, options->model);
  command.get_option("--model")->required(false);
  command.add_option("--checkpoints", options->checkpoints, "So many log-spaced checkpoints of the run; 0: the last")
      ->type_name("N")
      ->check(whole_number(0, 1000))
      ->capture_default_str();
  const auto list = [&](const char* flag, auto& values, const char* what) {
    command.add_option(flag, values, what)->type_name("NAME,…")->delimiter(',')->expected(1, 1000);
  };
  list("--component", options->components, "Which weights move (default: all)");
  list("--subset", options->subsets, "Of which positions, beside all");
  add_sampler(command, *options);
  add_games(command, options->games, "Number of games, in whole draws");
  add_seed(command, settings.seed, "Root seed of games and chains");
  add_player(command, options->player, "Who plays the games (default: the player it was trained on)");
  command.add_flag("--sweep", options->sweep, "Instead of estimates: a grid over ε, γ and nβ, to find the plateau");
  command.add_flag("--calibrate", options->calibrate, "Problems whose coefficient is known exactly, without a model");
  command.add_flag("--dry-run", options->dry_run, "Say how long it would take, and do nothing");
  add_workers(command, settings.workers);
  options->output.add_to(command);
  command.callback([options, &command] {
    options->output.apply();
    prepare_runtime();
    watch_for_interrupt();
    check_combination(command, *options);
    if (options->components.empty()) options->components = {"all"};
    if (options->checkpoints == 1) throw UsageError("--checkpoints takes 2 or more, or 0 for the last one");
    if (command.count("--draws") > 0) options->case_draws = options->settings.draws;
    if (options->sweep) {  // a look at many settings rather than a figure
      if (command.count("--chains") == 0) options->settings.chains = 2;
      if (command.count("--draws") == 0) options->settings.draws = 60;
      if (command.count("--burn-in") == 0) options->settings.burn_in = 20;
    }
    run_llc(*options);
  });
}

}  // namespace othello
