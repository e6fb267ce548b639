#include <memory>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/stages.h"
#include "model/runtime.h"

namespace othello {
namespace {

struct EvaluateOptions {
  std::string model;
  std::string player;
  EvaluateSettings settings;
  OutputOptions output;
};

}  // namespace

void add_evaluate(CLI::App& app) {
  auto options = std::make_shared<EvaluateOptions>();
  CLI::App& command = add_command(
      app, "evaluate", "Cross-entropy against its floor and legal-move rates on fresh games",
      "The games come from a stream of their own and were never trained on (those of expert-replay are, unless it\n"
      "replays another dataset). Loss is measured against the moves played; its floor is the entropy of the player. "
      "Written to results/evaluate.json if --model is a run.\n"
      "Example: othello-gpt evaluate --model runs/mini --games 2000");
  add_model(command, options->model);
  add_games(command, options->settings.games, "Number of games");
  add_seed(command, options->settings.seed, "Root seed of the games");
  add_player(command, options->player, "Who plays the games (default: the player it was trained on)");
  add_workers(command, options->settings.workers);
  options->output.add_to(command);
  command.callback([options] {
    options->output.apply();
    prepare_runtime();
    const auto loaded = load_model(options->model);
    options->settings.player = player_for(loaded, options->player);
    const Json result = evaluate_stage(loaded, options->settings);
    options->output.print(result, evaluate_text(result));
    store_result(options->model, "evaluate", result);
  });
}

}  // namespace othello
