#include <memory>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/stages.h"
#include "common/log.h"
#include "model/runtime.h"

namespace othello {
namespace {

struct ProbeOptions {
  std::string model;
  std::string player;
  std::string probes;
  ProbeSettings settings;
  bool no_logistic = false;
  OutputOptions output;
};

}  // namespace

void add_probe(CLI::App& app) {
  auto options = std::make_shared<ProbeOptions>();
  CLI::App& command =
      add_command(app, "probe", "Read the board from activations with linear probes, beside what the moves alone give",
                  "Ridge probes of mine/yours/empty for every square at every layer, a logistic one at the best layer, "
                  "and the controls:\n"
                  "majority, bag of moves, one-hot (ply, move), the same model untrained. Two thirds of the games fit, "
                  "a sixth chooses, a\n"
                  "sixth reports. Written to results/probe.json and results/probes.safetensors if --model is a run.\n"
                  "Example: othello-gpt probe --model runs/mini --games 18000");
  add_model(command, options->model);
  add_games(command, options->settings.games, "Number of games, at least 60");
  add_seed(command, options->settings.seed, "Root seed of the games");
  add_player(command, options->player, "Who plays the games (default: the player it was trained on)");
  add_workers(command, options->settings.workers);
  command.add_option("--probes", options->probes, "Where to keep the probes; default: results/ of the run")
      ->type_name("FILE");
  command.add_flag("--no-logistic", options->no_logistic, "Leave out the logistic probe");
  options->output.add_to(command);
  command.callback([options] {
    options->output.apply();
    prepare_runtime();
    options->settings.logistic = !options->no_logistic;
    const auto loaded = load_model(options->model);
    options->settings.player = player_for(loaded, options->player);
    const auto sweep = probe_stage(loaded, options->settings);
    options->output.print(sweep.document, probe_text(sweep.document));
    store_result(options->model, "probe", sweep.document);
    if (!options->probes.empty()) write_probes(options->probes, sweep.probes, loaded);
    else if (RunFolder::is_run(options->model))
      write_probes(probes_file(RunFolder::open(options->model)), sweep.probes, loaded);
    else log_info("the probes are not kept; --probes FILE keeps them for intervene");
  });
}

}  // namespace othello
