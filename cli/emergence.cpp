#include "theory/emergence.h"

#include <algorithm>
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
#include "report/verdict.h"
#include "theory/joined_series.h"
#include "training/config.h"

namespace othello {
namespace {

struct EmergenceOptions {
  std::string model, player, frame = "mover";
  std::size_t checkpoints = 16;
  bool no_independence = false, dry_run = false;
  EmergenceSettings settings;
  OutputOptions output;
};

std::string estimate_line(const Json& e) {
  return fmt::format("about {} for {} checkpoints and {} games, with {:.1f} GB of activations at once",
                     format_duration(e["seconds"].get<double>()), e["checkpoints"].get<std::int64_t>(),
                     e["games"].get<std::int64_t>(), e["memory_bytes"].get<double>() / 1e9);
}

/// What other commands found at the same checkpoints of a run.
class OtherSeries {
 public:
  OtherSeries(const RunFolder& run, const std::vector<SeriesCheckpoint>& series, const LoadedModel& last)
      : run_(run), series_(series), last_(last) {}

  /// {"llc", "velocity"}
  Json join() const {
    return {{"llc", joined("llc", "learning coefficient", joined_llc)},
            {"velocity", joined("ntk", "kernel velocity", joined_velocity)}};
  }

 private:
  /// In `join`'s form; null, and a line that says how to have it, if there is nothing or it is of other weights.
  template <class Join>
  Json joined(const std::string& command, const std::string& what, const Join& join) const {
    const auto file = run_.result_file(command);
    const auto again = fmt::format("'{} --checkpoints {}' and this command again put it on the same axis",
                                   result_command(command, run_.path().string()), series_.size());
    Json found = nullptr;
    if (std::filesystem::exists(file)) {
      const auto document = parse_json(read_file(file), file.string());
      if (!is_of_model(document, last_.sha256, command, file.string())) {
        log_warning(
            fmt::format("{} is of other weights than {} and left out: {}", file.string(), last_.file.string(), again));
        return nullptr;
      }
      found = join(document, series_, file.string());
    }
    if (found.is_null()) log_info(fmt::format("no {} along the training of this run: {}", what, again));
    return found;
  }

  const RunFolder& run_;
  const std::vector<SeriesCheckpoint>& series_;
  const LoadedModel& last_;
};

/// Adds stages by the learning coefficient, if it is valid often enough.
void add_stages_by_llc(Json& stages, const Json& llc, double ahead) {
  const auto found = stages_by_llc(llc, ahead);
  if (!found.is_null()) stages.push_back(found);
  else if (!llc.is_null())
    log_info(
        fmt::format("no stages by the learning coefficient: it is valid at {} checkpoints only",
                    std::count_if(llc.begin(), llc.end(), [](const Json& point) { return point["valid"] == true; })));
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
  const Json others = OtherSeries(run, series, loaded).join();  // what cannot be read fails before the work
  Json found;
  {
    const auto fit = emergence_split(settings.games).fit.count;
    bool warned = fit >= kWellFittedGames;
    Progress bar("emergence");
    found = emergence(series, config.train.batch_games, settings, [&](double share, const std::string& what) {
      if (interrupted()) throw Interrupted{};
      if (!warned)  // not before it has been found that the work can be done
        log_warning(
            fmt::format("{} games to fit are few for the one-hot control: it reads less than it could, and the network "
                        "looks better beside it than it is; --games {} has {} to fit, from where on it changes little",
                        fit, kWellFittedGames * 3 / 2, kWellFittedGames));
      warned = true;
      bar.update(share, what);
    });
  }
  found["series"] = others;
  add_stages_by_llc(found["stages"], others["llc"], found["axis"]["games_ahead"]);
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
