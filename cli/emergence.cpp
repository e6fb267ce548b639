#include "theory/emergence.h"

#include <memory>

#include "cli/commands.h"
#include "cli/emergence_text.h"
#include "cli/options.h"
#include "cli/stages.h"
#include "common/files.h"
#include "common/interrupt.h"
#include "common/log.h"
#include "common/progress.h"
#include "model/runtime.h"
#include "theory/joined_series.h"
#include "training/config.h"

namespace othello {
namespace {

struct EmergenceOptions {
  std::string model, player, frame = "mover";
  std::size_t checkpoints = 12;
  bool no_independence = false, dry_run = false;
  EmergenceSettings settings;
  OutputOptions output;
};

std::string estimate_line(const Json& e) {
  return fmt::format("about {} for {} checkpoints and {} games, with {:.1f} GB of activations at once",
                     format_duration(e["seconds"].get<double>()), e["checkpoints"].get<std::int64_t>(),
                     e["games"].get<std::int64_t>(), e["memory_bytes"].get<double>() / 1e9);
}

/// What another command found in the same run, in `join`'s form; null, and a line that says how to have it, if nothing.
template <class Join>
Json joined(const RunFolder& run, const std::string& command, const Join& join) {
  const auto file = run.result_file(command);
  Json series = nullptr;
  if (std::filesystem::exists(file)) series = join(parse_json(read_file(file), file.string()), file.string());
  if (series.is_null())
    log_info(
        fmt::format("no {} along the training of this run: 'othello-gpt {} --model {}' and this command again "
                    "put it on the same axis",
                    command == "llc" ? "learning coefficient" : "kernel velocity", command, run.path().string()));
  return series;
}

/// {"llc", "velocity"} of the same checkpoints.
Json other_series(const RunFolder& run, const std::vector<SeriesCheckpoint>& series) {
  return {{"llc", joined(run, "llc", [&](const Json& d, const auto& file) { return joined_llc(d, series, file); })},
          {"velocity",
           joined(run, "ntk", [&](const Json& d, const auto& file) { return joined_velocity(d, series, file); })}};
}

/// Stages by the learning coefficient, where it is valid; null if that is too seldom.
Json stages_by_llc(const Json& llc, double ahead) {
  std::vector<double> games, values;
  for (const auto& point : llc)  // none if null
    if (point["valid"]) games.push_back(point["games"]), values.push_back(point["mean"]);
  auto stages = stages_by("llc", games, values, ahead, true);
  if (stages.is_null() && !llc.is_null())
    log_info(fmt::format("no stages by the learning coefficient: it is valid at {} checkpoints only", games.size()));
  return stages;
}

void run_emergence(const EmergenceOptions& options) {
  const Stopwatch clock;
  if (!RunFolder::is_run(options.model))
    fail(
        "{} is no run (a folder with config.json), and emergence follows the checkpoints of one; a model alone has no "
        "past",
        options.model);
  const auto run = RunFolder::open(options.model);
  const auto series = log_spaced(checkpoint_series(run, kLeastEmergenceCheckpoints), options.checkpoints);
  RunConfig config;
  read_config(config, run.read_config_file());
  const auto loaded = load_model(series.back().folder);
  auto settings = options.settings;
  settings.player = player_for(loaded, options.player);
  settings.frame = options.frame == "parity" ? Frame::parity : Frame::mover;
  settings.independence = !options.no_independence;
  if (!settings.site.empty()) parse_probe_site(settings.site, loaded.model.config());
  Json result = result_envelope("emergence");
  const auto estimate = estimate_emergence(series, settings);
  if (options.dry_run) {
    result["estimate"] = estimate;
    return options.output.print(result, estimate_line(estimate) + "\n");
  }
  log_info(estimate_line(estimate));
  const Json others = other_series(run, series);  // what cannot be read fails before the work
  Json found;
  {
    Progress bar("emergence");
    found = emergence(series, config.train.batch_games, settings, [&](double share, const std::string& what) {
      if (interrupted()) throw Interrupted{};
      bar.update(share, what);
    });
  }
  found["series"] = others;
  if (const auto stages = stages_by_llc(others["llc"], found["axis"]["games_ahead"]); !stages.is_null())
    found["stages"].push_back(stages);
  result["model"] = loaded.describe();
  result["data"] = data_of(loaded, settings.player.get(), settings.seed, found["games"]);
  result["estimate"] = estimate;
  result["seconds"] = clock.seconds();
  result.update(found);
  options.output.print(result, emergence_text(result));
  store_result(options.model, "emergence", result);
}

}  // namespace

void add_emergence(CLI::App& app) {
  auto options = std::make_shared<EmergenceOptions>();
  auto& settings = options->settings;
  CLI::App& command = add_command(
      app, "emergence", "When in training each concept becomes readable, and what its neurons are like",
      "Over log-spaced checkpoints of a run: ridge probes of one site for the board (by flips), occupied squares,\n"
      "colour and legal moves, beside loss and legal moves; a logistic in log games for the onset of each; stages;\n"
      "and of MLP neurons their moments, how independently they fire, sorted activations, single-neuron detectors\n"
      "against chance. results/llc.json and results/ntk.json of the run are put on the same axis. Written to\n"
      "results/emergence.json.\n"
      "Example: othello-gpt train --out runs/a --games 768000 --board 6 --set train.keep_log_spaced=6\n"
      "         othello-gpt emergence --model runs/a");
  add_model(command, options->model);
  command.add_option("--checkpoints", options->checkpoints, "How many of its checkpoints, first and last included")
      ->type_name("N")
      ->check(whole_number(kLeastEmergenceCheckpoints, 10000))
      ->capture_default_str();
  add_games(command, settings.games, fmt::format("Number of games for probes, at least {}", kLeastEmergenceGames));
  add_seed(command, settings.seed, "Root seed of the games");
  add_player(command, options->player, "Who plays the games (default: the player it was trained on)");
  add_workers(command, settings.workers);
  command
      .add_option("--site", settings.site,
                  "Where to read, at all checkpoints (default: the residual site that is best at the last one)")
      ->type_name("SITE");
  command
      .add_option("--frame", options->frame, "Who is \"mine\": the next to move, or by even and odd plies (published)")
      ->type_name("mover|parity")
      ->check(CLI::IsMember({"mover", "parity"}).description(""))
      ->capture_default_str();
  command.add_flag("--no-independence", options->no_independence, "Leave out the statistics of neurons");
  command.add_flag("--dry-run", options->dry_run, "Only say how long it would take");
  options->output.add_to(command);
  command.callback([options] {
    options->output.apply();
    prepare_runtime();
    watch_for_interrupt();
    run_emergence(*options);
  });
}

}  // namespace othello
