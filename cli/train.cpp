#include <fmt/format.h>

#include <memory>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/stages.h"
#include "common/interrupt.h"
#include "common/log.h"
#include "common/threads.h"
#include "model/runtime.h"
#include "training/run.h"
#include "training/team.h"

namespace othello {
namespace {

struct TrainOptions {
  std::string out;
  bool resume = false;
  std::string init;
  int board = 8;
  double minutes = 0;
  std::int64_t games = 0;
  std::string player = "uniform";
  std::string targets;
  std::uint64_t seed = 1;
  int workers = 0;
  ConfigOptions config;
  OutputOptions output;
};

/// One per core, unless other processes share the cores.
int default_workers() {
  const auto place = place_among_processes();
  return std::max(1, available_cores() / (place ? place->core_sharers : 1));
}

/// Defaults < --config < --set < flags. `given(flag)` tells whether the flag was on the command line.
template <class Given>
RunConfig configure(const TrainOptions& options, const std::optional<LoadedModel>& initial, const Given& given) {
  RunConfig config;
  if (initial) {
    config.model = initial->model.config();
    config.train.first_game = initial->facts.games;
    if (initial->facts.player != kUnknown) config.train.player = initial->facts.player;
  }
  read_config(config, options.config.document());
  if (given("--board")) config.model.board = options.board;
  if (given("--player")) config.train.player = options.player;
  if (given("--targets")) config.train.targets = options.targets;
  if (given("--seed")) config.train.seed = options.seed;
  if (given("--workers")) config.train.workers = options.workers;
  if (config.train.workers == 0) config.train.workers = default_workers();
  if (given("--minutes")) config.train.minutes = options.minutes, config.train.steps = 0;
  if (given("--games")) {
    config.train.steps = (options.games + config.train.batch_games - 1) / config.train.batch_games;
    config.train.minutes = 0;
  }
  config.resolve();
  if (config.train.steps == 0 && config.train.minutes == 0)
    throw UsageError("how long shall it train? Give --minutes M or --games N");
  return config;
}

/// train_stage; then the other processes, if there are some, are told to end too.
Json train_together(Trainer& trainer, const RunFolder& folder, const Group& group) {
  if (!group) return train_stage(trainer, folder);
  log_info(fmt::format("{} processes compute each step", group->size()));
  try {
    Json result = train_stage(trainer, folder);
    dismiss(*group, false);
    return result;
  } catch (const Interrupted&) {
    dismiss(*group, true);
    throw;
  }
}

/// The result; none in a process that follows another.
template <class Given>
std::optional<Json> run(const TrainOptions& options, const Given& given) {
  prepare_runtime();
  Group group;
  if (const auto place = place_among_processes()) group = std::make_shared<ProcessGroup>(*place);
  watch_for_interrupt();
  if (group && group->rank() > 0) {
    follow(group);
    return {};
  }
  if (options.resume) {
    for (const char* flag :
         {"--init", "--board", "--minutes", "--games", "--player", "--targets", "--seed", "--config", "--set"})
      if (given(flag))
        throw UsageError(fmt::format("--resume goes on with the run's own configuration: leave out {}", flag));
    const auto folder = RunFolder::open(options.out);
    log_to_file(folder.log_file());
    Trainer trainer = resume(folder);
    if (given("--workers")) trainer.set_workers(options.workers == 0 ? default_workers() : options.workers);
    if (group) lead(trainer, group);
    log_info(fmt::format("going on at step {} of {}", trainer.steps_done(), trainer.config().train.steps));
    return train_together(trainer, folder, group);
  }
  std::optional<LoadedModel> initial;
  if (!options.init.empty()) initial = load_model(options.init);
  const auto config = configure(options, initial, given);
  if (initial && config.model != initial->model.config())
    fail("--init {} has other sizes than the configuration asks for", options.init);
  Trainer trainer(config, initial ? std::optional(initial->model) : std::nullopt);
  if (group) lead(trainer, group);
  const auto folder = start_run(options.out, trainer.config());
  return train_together(trainer, folder, group);
}

}  // namespace

void add_train(CLI::App& app) {
  auto options = std::make_shared<TrainOptions>();
  CLI::App& command = add_command(
      app, "train", "Train a GPT on freshly played games",
      "The model sees moves only. Training writes config.json, metrics.jsonl and checkpoints into the run folder; "
      "Ctrl-C\n"
      "saves, and --resume goes on to the same weights as if nothing had happened. Processes started by torchrun,\n"
      "srun, mpirun or scripts/launch share each step.\n"
      "Example: othello-gpt train --board 6 --minutes 5 --out runs/mini\n"
      "         othello-gpt train --resume --out runs/mini\n"
      "         othello-gpt train --games 100000 --set model.layers=8 --out runs/big");
  add_out(command, options->out, "Run folder to make, or with --resume to go on with");
  command.add_flag("--resume", options->resume, "Go on from the last checkpoint of --out");
  command.add_option("--init", options->init, "Start from these weights: a run, a checkpoint or a .safetensors file")
      ->type_name("MODEL");
  command
      .add_option("--minutes", options->minutes,
                  "Length in minutes: 20 steps are timed, then the number of steps is fixed")
      ->type_name("M")
      ->check(real_number(0.05, 1e4));
  command.add_option("--games", options->games, "Length in games")
      ->type_name("N")
      ->check(whole_number(1, 1'000'000'000'000))
      ->excludes("--minutes");
  add_player(command, options->player, "Who plays the games");
  command
      .add_option("--targets", options->targets,
                  "What is predicted: sampled = the move played; expected = the player's exact distribution of it")
      ->type_name("sampled|expected")
      ->check(CLI::IsMember({"sampled", "expected"}).description(""))
      ->default_str("sampled");
  add_board(command, options->board);
  add_seed(command, options->seed, "Root seed of weights and games, a whole number of at least 0");
  add_workers(command, options->workers);
  options->config.add_to(command);
  options->output.add_to(command);
  command.callback([options, &command] {
    options->output.apply();
    const auto done = run(*options, [&](const char* flag) { return command.count(flag) > 0; });
    if (!done) return;
    const Json& result = *done;
    options->output.print(
        result,
        fmt::format("trained {} games in {} steps, {:.0f} games/s with {} workers; loss {:.4f}: {}",
                    grouped(result["games"]), grouped(result["steps"]), result["games_per_second"].get<double>(),
                    result["workers"].get<int>(), result["loss"].get<double>(), options->out));
  });
}

}  // namespace othello
