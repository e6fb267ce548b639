#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/stages.h"
#include "common/interrupt.h"
#include "common/log.h"
#include "common/threads.h"
#include "data/dataset_files.h"
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
  std::string data;
  std::string targets;
  std::uint64_t seed = 1;
  int workers = 0;
  std::string device;
  ConfigOptions config;
  OutputOptions output;
};

/// One per core, unless other processes share the cores.
int default_workers() {
  const auto place = place_among_processes();
  return std::max(1, available_cores() / (place ? place->core_sharers : 1));
}

/// What a flag says or else `train.KEY` of the configuration; "" if neither does.
std::string flag_or_key(const std::string& flag, const Json& document, const char* key) {
  if (!flag.empty() || !document.contains("train") || !document["train"].is_object()) return flag;
  const auto found = document["train"].find(key);
  return found != document["train"].end() && found->is_string() ? found->get<std::string>() : "";
}

/// --device or train.device, "" if nothing says; of processes on one machine each takes a GPU of its own.
std::string own_device(const TrainOptions& options, const Json& document, const std::optional<Place>& place) {
  const auto device = flag_or_key(options.device, document, "device");
  return device == "cuda" && place ? fmt::format("cuda:{}", place->local_rank) : device;
}

/// Weights, gradients and two running means in fp32: what training needs at least.
void require_memory(const ModelConfig& config) {
  const double needed = 16.0 * static_cast<double>(Parameters::shapes(config).count());
  const double there = static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE));
  if (needed > there)
    fail("training a model of these sizes takes at least {:.0f} GB of memory; this machine has {:.0f}", needed / 1e9,
         there / 1e9);
}

/// Defaults < what the initial weights say < --config < --set < flags. `given(flag)` tells whether the flag was on the
/// command line.
template <class Given>
RunConfig configure(const TrainOptions& options, const Json& document, const std::string& device,
                    const std::optional<LoadedModel>& initial, const Given& given) {
  RunConfig config;
  auto& train = config.train;
  if (initial) {
    config.model = initial->model.config();
    train.first_game = initial->facts.games;
    train.seed = initial->facts.seed;
    if (initial->facts.player != kUnknown) train.player = initial->facts.player;
    if (initial->facts.targets == "expected") train.targets = "expected";  // else sampled, as for fresh weights
    train.init_sha256 = initial->sha256;
  }
  if (given("--data")) train.targets = "sampled";  // imported games have no others
  read_config(config, document);
  if (initial) {
    if (given("--init")) train.init_sha256 = initial->sha256;
    if (train.init_sha256 != initial->sha256) fail("{}: train.init_sha256 is another one", initial->file.string());
    train.init = std::filesystem::absolute(initial->file).lexically_normal().string();
  }
  if (!device.empty()) train.device = device;
  if (given("--board")) config.model.board = options.board;
  if (given("--player")) train.player = options.player;
  if (given("--data")) train.player = "dataset:" + options.data;
  if (given("--targets")) train.targets = options.targets;
  if (given("--seed")) train.seed = options.seed;
  if (given("--workers")) train.workers = options.workers;
  if (train.workers == 0) train.workers = default_workers();
  if (given("--minutes")) train.minutes = options.minutes, train.steps = 0;
  if (given("--games")) {
    train.steps = (options.games + train.batch_games - 1) / train.batch_games;
    train.minutes = 0;
  }
  if (initial) {
    const auto& seen = initial->facts;
    const bool same =
        train.seed == seen.seed && (train.player == seen.player || seen.player.starts_with(train.player + "@"));
    if (!same && train.first_game == seen.games) train.first_game = 0;                       // of games that are others
    if (same && given("--init")) train.first_game = std::max(train.first_game, seen.games);  // not a run's own
  }
  config.resolve();
  require_memory(config.model);
  if (train.steps == 0 && train.minutes == 0)
    throw UsageError("how long shall it train? Give --minutes M or --games N");
  if (initial && config.model != initial->model.config())
    fail("--init {} has other sizes than the configuration asks for", train.init);
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

/// Says which games were not trained on, if the player goes on as a dataset does.
void tell_what_is_held_out(const Player& player) {
  if (player.plays_fresh_games()) return;
  const auto& name = player.name();  // KIND:FOLDER@CHECKSUM
  const auto begin = name.find(':') + 1;
  const std::filesystem::path folder = name.substr(begin, name.rfind('@') - begin);
  const Json source = read_dataset_document(folder).source;
  const auto part = source.is_object() ? source.value("part", "all") : "all";
  if (part == "test")
    log_warning(fmt::format("{} is the part of an import that is kept for testing: trained on it, nothing is held out",
                            folder.string()));
  else if (part == "train")
    log_info(fmt::format("these games are one part of an import: measure on the other, as in evaluate --data {}",
                         (std::filesystem::absolute(folder).lexically_normal().parent_path() / "test").string()));
  else
    log_info(fmt::format("no games of {} are kept apart (import --test does so): measure on another dataset",
                         folder.string()));
}

/// The result; none in a process that follows another.
template <class Given>
std::optional<Json> run(const TrainOptions& options, const Given& given) {
  prepare_runtime();
  const Json document = options.config.document();
  const auto place = place_among_processes();
  const auto device = own_device(options, document, place);
  Group group;
  if (place) group = std::make_shared<ProcessGroup>(*place, parse_device(device.empty() ? "cpu" : device));
  if (group && group->rank() > 0) {
    watch_for_interrupt();
    follow(group);
    return {};
  }
  if (options.resume) {
    for (const char* flag : {"--init", "--board", "--minutes", "--games", "--player", "--data", "--targets", "--seed",
                             "--config", "--set"})
      if (given(flag))
        throw UsageError(fmt::format("--resume goes on with the run's own configuration: leave out {}", flag));
    auto folder = RunFolder::open(options.out);
    folder.lock();
    log_to_file(folder.log_file());
    Trainer trainer = resume(folder, device);
    if (given("--workers")) trainer.set_workers(options.workers == 0 ? default_workers() : options.workers);
    watch_for_interrupt();
    if (group) lead(trainer, group);
    const auto steps = trainer.config().train.steps;
    log_info(fmt::format("going on at step {} of {}", trainer.steps_done(),
                         steps == 0 ? "a number yet to be measured" : std::to_string(steps)));
    return train_together(trainer, folder, group);
  }
  const std::string init = flag_or_key(options.init, document, "init");
  std::optional<LoadedModel> initial;
  if (!init.empty()) initial = load_model(init);
  const auto config = configure(options, document, device, initial, given);
  Trainer trainer(config, initial);
  watch_for_interrupt();  // from here on there is something that can stop between two steps
  if (group) lead(trainer, group);
  const auto folder = start_run(options.out, trainer.config());
  if (initial)
    log_info(
        fmt::format("the weights are those of {}, of {} games of {} (seed {}), {}; from there it goes on "
                    "with game {}, a fresh optimizer and a new schedule",
                    config.train.init, grouped(initial->facts.games - initial->facts.first_game), initial->facts.player,
                    initial->facts.seed, trained_in_words(initial->facts), grouped(config.train.first_game)));
  tell_what_is_held_out(trainer.player());
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
      "         othello-gpt train --games 100000 --set model.layers=8 --out runs/big\n"
      "         othello-gpt train --config configs/small.json --out runs/small\n"
      "         othello-gpt train --init runs/small --data games/train --games 200000 --out runs/expert");
  add_out(command, options->out, "Run folder to make, or with --resume to go on with");
  command.add_flag("--resume", options->resume, "Go on from the last checkpoint of --out");
  command
      .add_option(
          "--init", options->init,
          "Start from these weights (a run, a checkpoint or a .safetensors file) and from its games, player, seed and "
          "targets, with a fresh optimizer and a new schedule")
      ->type_name("MODEL");
  command
      .add_option("--minutes", options->minutes,
                  "Length in minutes: the first steps are timed, then the number of steps is fixed")
      ->type_name("M")
      ->check(real_number(0.05, 1e4));
  command.add_option("--games", options->games, "Length in games")
      ->type_name("N")
      ->check(whole_number(1, 1'000'000'000'000))
      ->excludes("--minutes");
  add_player(command, options->player, "Who plays the games");
  command
      .add_option("--data", options->data,
                  "Train on the games of this dataset folder as they were played, over and over in new orders")
      ->type_name("DATASET")
      ->excludes("--player");
  command
      .add_option("--targets", options->targets,
                  "What is predicted: sampled = the move played; expected = the player's exact distribution of it")
      ->type_name("sampled|expected")
      ->check(CLI::IsMember({"sampled", "expected"}).description(""))
      ->default_str("sampled");
  add_board(command, options->board);
  add_seed(command, options->seed, "Root seed of weights and games, a whole number of at least 0");
  add_workers(command, options->workers);
  command
      .add_option("--device", options->device,
                  "Where it computes: cpu, cuda or cuda:NUMBER; of several processes each takes a GPU of its own")
      ->type_name("DEVICE")
      ->default_str("cpu");
  options->config.add_to(command);
  options->output.add_to(command);
  command.callback([options, &command] {
    options->output.apply();
    const auto done = run(*options, [&](const char* flag) { return command.count(flag) > 0; });
    if (!done) return;
    const Json& result = *done;
    options->output.print(
        result,
        fmt::format("trained {} games in {} steps, {:.0f} games/s with {} × {} workers; loss {:.4f}: {}\n  {}",
                    grouped(result["games"]), grouped(result["steps"]), result["games_per_second"].get<double>(),
                    result["processes"].get<int>(), result["workers"].get<int>(), result["loss"].get<double>(),
                    options->out, result["trained"].get<std::string>()));
  });
}

}  // namespace othello
