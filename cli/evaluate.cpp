#include <memory>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/stages.h"
#include "model/runtime.h"
#include "model/world_model.h"

namespace othello {
namespace {

struct EvaluateOptions {
  std::string model;
  std::string player;
  bool world_model = false;
  std::int64_t pairs = WorldModelSettings{}.pairs;
  EvaluateSettings settings;
  OutputOptions output;
};

}  // namespace

void add_evaluate(CLI::App& app) {
  auto options = std::make_shared<EvaluateOptions>();
  CLI::App& command = add_command(
      app, "evaluate", "Cross-entropy against its floor, calibration, legal-move rates, world-model metrics",
      "The games come from a stream of their own and were never trained on (those of expert-replay are, unless it\n"
      "replays another dataset), or from --data. Loss is measured against the moves played, however the model was "
      "trained. Written to results/evaluate.json if --model is a run.\n"
      "  floor       entropy of the player's choice; none for imported games, whose players nobody knows\n"
      "  excess      cross-entropy − floor, on the moves that were played\n"
      "  kl          calibration: KL(uniform over the legal moves ‖ model), mean over positions, nats\n"
      "  kl_player   KL(the player's own distribution ‖ model): the excess without the noise of the moves\n"
      "              drawn; the same as kl for the uniform player\n"
      "  legal_top1  share of positions whose most probable token is a legal move\n"
      "  legal_mass  probability on legal moves\n"
      "--world-model adds the metrics of Vafa et al. (2024), arXiv 2406.03689, on pairs of beginnings of 10000 "
      "games;\n"
      "a token is accepted where p > 0.01, and 30 suffixes are sampled for a pair:\n"
      "  compression            share of pairs that reach the same state by different moves and where every\n"
      "                         suffix sampled after the one is accepted after the other\n"
      "  distinction_precision  of the shortest suffixes that the model accepts after A and rejects after B\n"
      "                         (different states): the share that is legal after A and illegal after B\n"
      "  distinction_recall     of the shortest ones that are legal after A and illegal after B: the share\n"
      "                         that the model accepts after A and rejects after B\n"
      "What is legal counts, whoever the player is. Controls: the same model untrained, and any empty square.\n"
      "Example: othello-gpt evaluate --model runs/mini --games 2000 --world-model\n"
      "         othello-gpt evaluate --model pretrained --data games/test");
  add_model(command, options->model);
  add_games(command, options->settings.games, "Number of games; with --data so many of them are drawn (default: all)");
  add_seed(command, options->settings.seed, "Root seed of the games, and of what --world-model draws");
  add_player(command, options->player, "Who plays the games (default: the player it was trained on)");
  command.add_option("--data", options->settings.dataset, "Dataset folder whose games to take, generated or imported")
      ->type_name("DATASET")
      ->excludes("--player");
  command.add_flag("--world-model", options->world_model,
                   "World-model metrics as well: with two cores half a minute for a small model of 6×6, two on 8×8");
  command.add_option("--pairs", options->pairs, "Pairs of either kind for --world-model")
      ->type_name("N")
      ->check(whole_number(1, 1'000'000))
      ->needs("--world-model")
      ->capture_default_str();
  add_workers(command, options->settings.workers);
  options->output.add_to(command);
  command.callback([options, &command] {
    options->output.apply();
    prepare_runtime();
    auto& settings = options->settings;
    const auto loaded = load_model(options->model);
    if (settings.dataset.empty()) settings.player = player_for(loaded, options->player);
    else if (command.count("--games") == 0) settings.games = 0;
    if (options->world_model) settings.world_model_pairs = options->pairs;
    const Json result = evaluate_stage(loaded, settings);
    options->output.print(result, evaluate_text(result));
    store_result(options->model, "evaluate", result);
  });
}

}  // namespace othello
