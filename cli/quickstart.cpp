#include <fmt/format.h>

#include <memory>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/stages.h"
#include "common/files.h"
#include "common/interrupt.h"
#include "common/log.h"
#include "common/progress.h"
#include "model/runtime.h"
#include "report/report.h"

namespace othello {
namespace {

struct QuickstartOptions {
  std::string out = "runs/quickstart";
  double minutes = 5;
  std::uint64_t seed = 1;
  int board = 6;
  std::string player = "uniform";
  std::string targets = "sampled";
  int workers = 0;
  ConfigOptions config;
  OutputOptions output;
};

/// Defaults < --config < --set < flags. `given(flag)` tells whether the flag was on the command line.
template <class Given>
RunConfig configure(const QuickstartOptions& options, const Given& given) {
  RunConfig config;
  config.model.board = options.board;
  config.train.minutes = options.minutes;
  read_config(config, options.config.document());
  if (given("--board")) config.model.board = options.board;
  if (given("--minutes")) config.train.minutes = options.minutes, config.train.steps = 0;
  if (given("--player")) config.train.player = options.player;
  if (given("--targets")) config.train.targets = options.targets;
  if (given("--seed")) config.train.seed = options.seed;
  if (given("--workers")) config.train.workers = options.workers;
  config.resolve();
  return config;
}

template <class Given>
void run(const QuickstartOptions& options, const Given& given) {
  prepare_runtime();
  watch_for_interrupt();
  const Stopwatch clock;
  const auto config = configure(options, given);
  Trainer trainer(config);
  const auto folder = start_run(options.out, trainer.config());
  const auto step = [&](int number, const std::string& what) {
    if (interrupted()) throw Interrupted{};
    log_info(fmt::format("[{}/5] {} ({} so far)", number, what, format_duration(clock.seconds())));
  };

  step(1, fmt::format("train for {:g} minutes on games of {}×{} Othello (player {}), moves only", config.train.minutes,
                      config.model.board, config.model.board, trainer.config().train.player));
  train_stage(trainer, folder);
  const auto loaded = load_model(options.out);
  const auto player = player_for(loaded);

  step(2, "evaluate");
  const Json evaluation = evaluate_stage(
      loaded, {.games = 1000, .seed = config.train.seed, .workers = config.train.workers, .player = player});
  folder.write_result("evaluate", evaluation);

  step(3, "read the board with linear probes at every layer, beside the controls");
  ProbeSettings probing;
  // Minutes matter here: bits come from part of the games (the text says how many), and without description lengths.
  probing.information.positions = 100000, probing.information.description_length = false, probing.untrained = 2;
  probing.seed = config.train.seed, probing.workers = config.train.workers, probing.player = player;
  const auto sweep = probe_stage(loaded, probing, probes_file(folder));
  folder.write_result("probe", sweep.document);

  step(4, "turn one disc inside the model and watch the moves");
  CaseRecipe recipe;
  recipe.seed = config.train.seed;
  const auto cases = draw_cases(loaded, player, recipe);
  InterveneSettings intervening;
  intervening.seed = config.train.seed, intervening.workers = config.train.workers, intervening.player = player;
  const Json intervention =
      intervene_stage("intervening", loaded, config.train.seed, player, [&](const InterveneProgress& progress) {
        return intervention_benchmark(loaded, sweep.probes, cases, intervening, progress);
      });
  folder.write_result("intervene", intervention);

  step(5, "write the report");
  write_file(folder.report_file(), render_report(folder));

  const auto found = run_verdict(folder);
  Json result = result_envelope("quickstart");
  result["run"] = options.out;
  result["report"] = folder.report_file().string();
  result["seconds"] = clock.seconds();
  result["trained_on"] = found.trained_on;
  for (const auto& row : found.rows)
    result["verdict"].push_back(
        {{"question", row.question}, {"answer", row.answer}, {"figure", row.figure}, {"control", row.control}});
  options.output.print(result, fmt::format("{}\nReport: {} (after {})\n", verdict_table(found),
                                           folder.report_file().string(), format_duration(clock.seconds())));
}

}  // namespace

void add_quickstart(CLI::App& app) {
  auto options = std::make_shared<QuickstartOptions>();
  CLI::App& command =
      add_command(app, "quickstart", "The whole story in minutes: games, training, probes, interventions, report",
                  "Trains a small GPT on freshly played games, asks whether it carries the board, whether "
                  "linear probes read it and\n"
                  "whether it is used, each beside its controls, and writes report.html.\n"
                  "Example: othello-gpt quickstart --out runs/quickstart --minutes 5");
  command.add_option("--out", options->out, "Run folder to make; it must not exist or be empty")
      ->type_name("DIR")
      ->capture_default_str();
  command
      .add_option(
          "--minutes", options->minutes,
          "Minutes of training (the first steps are timed, then their number is fixed); the analyses take one or "
          "two more")
      ->type_name("M")
      ->check(real_number(0.05, 1e4))
      ->capture_default_str();
  command.add_option("--board", options->board, "6 shows in minutes what 8 (the full board) shows in hours")
      ->type_name("6|8")
      ->check(CLI::IsMember({6, 8}).description(""))
      ->capture_default_str();
  add_player(command, options->player, "Who plays the games");
  command
      .add_option("--targets", options->targets,
                  "What is predicted: sampled = the move played; expected = the player's exact distribution of it")
      ->type_name("sampled|expected")
      ->check(CLI::IsMember({"sampled", "expected"}).description(""))
      ->capture_default_str();
  add_seed(command, options->seed, "Root seed of everything");
  add_workers(command, options->workers);
  options->config.add_to(command);
  options->output.add_to(command);
  command.callback([options, &command] {
    options->output.apply();
    run(*options, [&](const char* flag) { return command.count(flag) > 0; });
  });
}

}  // namespace othello
