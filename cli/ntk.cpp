#include <algorithm>
#include <memory>

#include "cli/commands.h"
#include "cli/ntk_text.h"
#include "cli/options.h"
#include "cli/stages.h"
#include "common/interrupt.h"
#include "common/log.h"
#include "common/progress.h"
#include "common/threads.h"
#include "model/linearised.h"
#include "model/runtime.h"
#include "theory/kernel_training.h"
#include "theory/ntk_cost.h"
#include "theory/ntk_study.h"

namespace othello {
namespace {

constexpr double kLong = 1200;  // seconds, from which on a faster way is told

struct NtkOptions {
  std::string model, player, frame = "mover", choose = "loo";
  double memory = 8;  // GiB
  int checkpoints = 0;
  bool dry_run = false;
  NtkSettings settings;
  OutputOptions output;
};

NtkSettings settings_of(const NtkOptions& options, const LoadedModel& loaded) {
  auto settings = options.settings;
  settings.memory = static_cast<std::int64_t>(options.memory * (std::int64_t{1} << 30));
  settings.frame = options.frame == "parity" ? Frame::parity : Frame::mover;
  settings.gcv = options.choose == "gcv";
  settings.workers = settings.workers == 0 ? available_cores() : settings.workers;
  settings.checkpoint_positions = std::min(settings.checkpoint_positions, settings.fit);
  tangent_output(settings, loaded.model.config().vocabulary());
  tangent_budget(loaded.model, settings);
  settings.player = player_for(loaded, options.player);
  return settings;
}

/// The checkpoints that --checkpoints asks for.
std::vector<SeriesCheckpoint> series_of(const NtkOptions& options) {
  if (options.checkpoints == 0) return {};
  if (!RunFolder::is_run(options.model))
    throw UsageError(fmt::format("--checkpoints needs a run with its checkpoints, and {} is none", options.model));
  return log_spaced(checkpoint_series(RunFolder::open(options.model), 3),
                    static_cast<std::size_t>(options.checkpoints));
}

/// Kernels that a series takes: with one of step 0 if that is made anew.
std::size_t kernels_of(const std::vector<SeriesCheckpoint>& series, const LoadedModel& loaded) {
  const bool made = !series.empty() && series.front().step != 0 && own_seed(loaded);
  return series.size() + (made ? 1 : 0);
}

Json ntk_envelope(const LoadedModel& loaded, const NtkSettings& settings, const char* schema) {
  Json document = result_envelope(schema);
  document["model"] = loaded.describe();
  document["data"] = data_of(loaded, settings.player.get(), settings.seed, settings.fit + settings.report);
  return document;
}

Json ntk_stage(const LoadedModel& loaded, const StudyPositions& positions, const NtkSettings& settings,
               const std::vector<SeriesCheckpoint>& series) {
  const Stopwatch clock;
  Progress bar("tangent kernels");
  const auto found = ntk_study(loaded, positions, settings, series, [&](double share, const std::string& what) {
    if (interrupted()) throw Interrupted{};
    bar.update(share, what);
  });
  auto document = ntk_envelope(loaded, settings, "ntk");
  document["seconds"] = clock.seconds();
  document.update(found);
  return document;
}

void run_ntk(const NtkOptions& options) {
  options.output.apply();
  prepare_runtime();
  watch_for_interrupt();
  const auto series = series_of(options);
  const auto loaded = load_model(options.model);
  require_ordinary(loaded.model, "the tangent kernel");
  check_series(series, loaded.model);
  const auto settings = settings_of(options, loaded);
  const auto positions = study_positions(loaded, settings);
  const auto cost = ntk_cost(loaded.model, positions, settings, kernels_of(series, loaded));
  if (options.dry_run) {
    auto document = ntk_envelope(loaded, settings, "ntk-cost");
    document.update(cost);
    options.output.print(document, ntk_cost_text(document));
    return;
  }
  log_info(fmt::format("tangent kernels of {} positions and {} parameters: about {}, {:.2g} GiB", settings.fit,
                       grouped(loaded.model.parameters().count()), format_duration(cost["seconds"]),
                       cost["bytes"].get<double>() / (1 << 30)));
  if (settings.project == 0 && cost["seconds"].get<double>() > kLong)
    log_info("for so many parameters --project 4096 takes a fraction of that; --dry-run with it says how much");
  if (settings.fit < kWellFittedPositions)
    log_warning(
        fmt::format("{} positions to fit are few: what a kernel reads from them says little of what it can "
                    "read; from --positions {} on it begins to",
                    settings.fit, kWellFittedPositions));
  const auto document = ntk_stage(loaded, positions, settings, series);
  options.output.print(document, ntk_text(document));
  store_result(options.model, "ntk", document);
}

}  // namespace

void add_ntk(CLI::App& app) {
  auto options = std::make_shared<NtkOptions>();
  auto& settings = options->settings;
  CLI::App& command = add_command(
      app, "ntk", "What could be read without learning features? The tangent kernel beside inputs and network",
      "The empirical tangent kernel of the model at its initialisation (several seeds) and after training, as ridge\n"
      "regressions of the board and of legal moves, beside the one-hot moves and the activations: all fitted on the "
      "same\n"
      "positions, one of each game, with ridge and site chosen by exact leave-one-out on them, and reported on other "
      "games.\n"
      "With where the kernel fails, its spectrum and what that predicts, its blocks beside principal components, and\n"
      "with --checkpoints the kernel over training. Written to results/ntk.json if --model is a run.\n"
      "Outputs: contrast (a random v ⊥ 1 of the logits), pseudo (their sum: of use at initialisation only, for\n"
      "softmax does not see it), margin (the best legal move against the mean), logit:SQUARE.\n"
      "Example: othello-gpt ntk --model runs/mini --dry-run\n"
      "         othello-gpt ntk --model runs/mini --positions 10000 --project 4096 --init-seeds 1");
  add_model(command, options->model);
  const auto count = [&](const char* flag, auto& value, std::uint64_t low, const char* what) {
    return command.add_option(flag, value, what)
        ->type_name("N")
        ->check(whole_number(low, 1'000'000'000))
        ->capture_default_str();
  };
  count("--positions", settings.fit, 1, "Positions to fit on, each of a game of its own");
  count("--report", settings.report, 2, "Positions to report on, of other games");
  command.add_option("--output", settings.output, "Whose gradient: contrast, pseudo, margin, logit:SQUARE")
      ->type_name("NAME")
      ->capture_default_str();
  count("--init-seeds", settings.init_seeds, 1, "Initialisations; the first is the model's own if it is known")
      ->check(whole_number(1, 1000));
  command.add_option("--project", settings.project, "Project gradients to K numbers instead of the exact kernel")
      ->type_name("K")
      ->check(whole_number(1, 1'000'000));
  command.add_option("--memory", options->memory, "GiB that it may take")
      ->type_name("GB")
      ->check(real_number(0.001, 1e6))
      ->capture_default_str();
  command
      .add_option("--choose", options->choose,
                  "Ridge and shared weights by leave-one-out, or by generalised "
                  "cross-validation")
      ->type_name("loo|gcv")
      ->check(CLI::IsMember({"loo", "gcv"}).description(""))
      ->capture_default_str();
  command.add_option("--checkpoints", options->checkpoints, "Also at N checkpoints of the run, evenly in log steps")
      ->type_name("N")
      ->check(whole_number(2, 1000));
  count("--checkpoint-positions", settings.checkpoint_positions, kFewestPositions,
        "Positions to fit on at each of them");
  command
      .add_option("--frame", options->frame, "Who is \"mine\": the next to move, or by even and odd plies (published)")
      ->type_name("mover|parity")
      ->check(CLI::IsMember({"mover", "parity"}).description(""))
      ->capture_default_str();
  add_player(command, options->player, "Who plays the games (default: the player it was trained on)");
  add_seed(command, settings.seed, "Root seed of games, positions and projections");
  command.add_option("--contrast-seed", settings.contrast_seed, "Seed of the contrast alone (default: that of --seed)")
      ->type_name("S")
      ->check(whole_number(0, kLargestSeed));
  add_workers(command, settings.workers);
  command.add_flag("--dry-run", options->dry_run, "Say what it would take, and do nothing");
  options->output.add_to(command);
  command.callback([options] { run_ntk(*options); });
}

}  // namespace othello
