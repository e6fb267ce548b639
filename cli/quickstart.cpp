#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/stages.h"
#include "common/files.h"
#include "common/interrupt.h"
#include "common/log.h"
#include "common/progress.h"
#include "model/runtime.h"
#include "model/shipped.h"
#include "report/report.h"

namespace othello {
namespace {

struct QuickstartOptions {
  std::string out = "runs/quickstart";
  double minutes = 3;
  std::uint64_t seed = 1;
  int board = 6;
  std::string player = "uniform";
  std::string targets = "sampled";
  int workers = 0;
  std::int64_t probe_games = 9000;
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

/// What the analyses of the story share.
struct Story {
  std::uint64_t seed = 1;
  int workers = 0;
  std::function<void(const std::string& what)> step;  // says how far we are

  Json evaluate(const LoadedModel& loaded) const {
    return evaluate_stage(loaded, {.games = 1000, .seed = seed, .workers = workers, .player = player_for(loaded)});
  }
  ProbeSweep probe(const LoadedModel& loaded, ProbeSettings settings, const RunFolder& folder) const {
    settings.seed = seed, settings.workers = workers, settings.player = player_for(loaded);
    return probe_stage(loaded, settings, probes_file(folder));
  }
  Json intervene(const LoadedModel& loaded, const ProbeSet& probes, InterveneSettings settings,
                 CaseRecipe recipe) const {
    recipe.seed = settings.seed = seed, settings.workers = workers, settings.player = player_for(loaded);
    const auto cases = draw_cases(loaded, settings.player, recipe);
    return intervene_stage("intervening", loaded, seed, settings.player, [&](const InterveneProgress& progress) {
      return intervention_benchmark(loaded, probes, cases, settings, progress);
    });
  }
};

/// How well it plays, whether linear probes read the board beside every control, whether editing it changes the moves:
/// results in `folder`.
void tell_whole(const Story& story, const LoadedModel& loaded, const RunFolder& folder, std::int64_t games) {
  story.step("evaluate");
  folder.write_result("evaluate", story.evaluate(loaded));

  story.step("read the board with linear probes at every layer, beside the controls");
  ProbeSettings probing;
  // Minutes matter here: bits come from part of the games (the text says how many), and without description lengths.
  probing.information.positions = 100000, probing.information.description_length = false, probing.untrained = 2;
  probing.games = games;
  CaseRecipe cases;
  if (loaded.model.config().board == 8) {  // a game there costs ten times as much
    probing.games = std::min(games, kWellFittedGames * 3 / 2), probing.untrained = 1;
    cases.count = 450;
  }
  const auto sweep = story.probe(loaded, probing, folder);
  folder.write_result("probe", sweep.document);

  story.step("turn one disc inside the model and watch the moves");
  folder.write_result("intervene", story.intervene(loaded, sweep.probes, {}, cases));
}

/// The same in half a minute, without all that the three answers can do without.
void tell_in_short(const Story& story, const LoadedModel& loaded, const RunFolder& folder, std::int64_t games) {
  story.step("ask your model the three questions in short");
  folder.write_result("evaluate", story.evaluate(loaded));
  ProbeSettings probing;
  // As many games as the one-hot control needs not to be starved.
  probing.games = std::min(games, kWellFittedGames * 3 / 2);
  probing.untrained = 1, probing.controls = probing.details = false, probing.information.positions = 0;
  const auto sweep = story.probe(loaded, probing, folder);
  folder.write_result("probe", sweep.document);
  InterveneSettings intervening;
  intervening.controls = false, intervening.rollout = 0;
  CaseRecipe few;
  few.count = 300;
  folder.write_result("intervene", story.intervene(loaded, sweep.probes, intervening, few));
}

/// A run folder for what is measured of a shipped model beside a run, with the configuration and the curve that lie
/// with the model.
RunFolder folder_for_shipped(const RunFolder& run, const std::string& name, const LoadedModel& loaded) {
  const auto folder = RunFolder::create(run.path() / kShippedFolder);
  const auto from = loaded.file.parent_path();
  const auto config = from / "config.json", curve = from / "curve.jsonl";
  folder.write_config(std::filesystem::exists(config) ? parse_json(read_file(config), config.string())
                                                      : Json{{"model", to_json(loaded.model.config())}});
  if (std::filesystem::exists(curve)) write_file(folder.metrics_file(), read_file(curve));
  Json facts = result_envelope("train");
  const Json model = loaded.describe();
  for (const char* field : {"games", "parameters", "trained"}) facts[field] = model[field];
  facts["steps"] = model["step"], facts["shipped"] = name;
  folder.write_result("train", facts);
  return folder;
}

template <class Given>
void run(const QuickstartOptions& options, const Given& given) {
  prepare_runtime();
  watch_for_interrupt();
  const Stopwatch clock;
  const auto config = configure(options, given);
  const std::string name = config.model.board == 6 ? "pretrained/mini" : "pretrained/small";
  const bool ships = shipped_model(name).has_value();
  Trainer trainer(config);
  const auto folder = start_run(options.out, trainer.config());
  int number = 0;
  const Story story{
      config.train.seed, config.train.workers, [&, steps = ships ? 6 : 5](const std::string& what) {
        if (interrupted()) throw Interrupted{};
        log_info(fmt::format("[{}/{}] {} ({} so far)", ++number, steps, what, format_duration(clock.seconds())));
      }};

  story.step(fmt::format("train for {:g} minutes on games of {}×{} Othello (player {}), moves only",
                         config.train.minutes, config.model.board, config.model.board, trainer.config().train.player));
  train_stage(trainer, folder);
  const auto own = load_model(options.out);
  if (ships) {
    tell_in_short(story, own, folder, options.probe_games);
    log_info(fmt::format("now the whole story of {}, which was trained for longer", name));
    const auto shipped = load_model(name);
    tell_whole(story, shipped, folder_for_shipped(folder, name, shipped), options.probe_games);
  } else {
    log_info(
        fmt::format("{} is not there, so the whole story is told of your model; a clone of the repository has it "
                    "(OTHELLO_PRETRAINED names another folder to look in)",
                    name));
    tell_whole(story, own, folder, options.probe_games);
  }

  story.step("write the report");
  write_file(folder.report_file(), render_report(folder));

  const auto found = run_verdict(folder);
  Json result = result_envelope("quickstart");
  result["run"] = options.out;
  result["report"] = folder.report_file().string();
  result["seconds"] = clock.seconds();
  result["model"] = ships ? name : options.out;
  result["trained_on"] = found.trained_on;
  const auto rows_of = [](const std::vector<VerdictRow>& rows) {
    Json all = Json::array();
    for (const auto& row : rows)
      all.push_back(
          {{"question", row.question}, {"answer", row.answer}, {"figure", row.figure}, {"control", row.control}});
    return all;
  };
  result["verdict"] = rows_of(found.rows);
  if (ships) result["own"] = {{"trained_on", found.own_trained_on}, {"verdict", rows_of(found.own)}};
  options.output.print(result, fmt::format("{}\nReport: {} (after {})\n", verdict_table(found),
                                           folder.report_file().string(), format_duration(clock.seconds())));
}

}  // namespace

void add_quickstart(CLI::App& app) {
  auto options = std::make_shared<QuickstartOptions>();
  CLI::App& command =
      add_command(app, "quickstart", "The whole story in minutes: games, training, probes, interventions, report",
                  "Trains a small GPT on freshly played games to show how it learns, then asks the model of that "
                  "board that\n"
                  "ships (pretrained/mini or small) whether it carries the board, whether linear probes read it and "
                  "whether\n"
                  "it is used, each beside its controls and beside the model just trained, and writes report.html.\n"
                  "Example: othello-gpt quickstart --out runs/quickstart --minutes 3");
  command.add_option("--out", options->out, "Run folder to make; it must not exist or be empty")
      ->type_name("DIR")
      ->capture_default_str();
  command
      .add_option("--minutes", options->minutes,
                  "Minutes of training (the first steps are timed, then their number is fixed); the analyses take "
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
  command
      .add_option("--probe-games", options->probe_games,
                  "Games for the probes; fewer are quicker, and starve the one-hot control")
      ->type_name("N")
      ->check(whole_number(60, 1'000'000))
      ->capture_default_str();
  options->config.add_to(command);
  options->output.add_to(command);
  command.callback([options, &command] {
    options->output.apply();
    run(*options, [&](const char* flag) { return command.count(flag) > 0; });
  });
}

}  // namespace othello
