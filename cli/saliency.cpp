#include <memory>
#include <tuple>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/saliency_text.h"
#include "cli/stages.h"
#include "common/interrupt.h"
#include "common/progress.h"
#include "interventions/saliency_study.h"
#include "model/linearised.h"
#include "model/runtime.h"

namespace othello {
namespace {

struct SaliencyOptions {
  std::string model, player, probes;
  std::vector<int> layers;
  bool no_controls = false;
  SaliencyStudySettings settings;
  OutputOptions output;
};

SaliencyStudySettings settings_for(const SaliencyOptions& options, const LoadedModel& loaded) {
  auto settings = options.settings;
  const auto& config = loaded.model.config();
  auto& map = settings.map;
  std::tie(map.first_layer, map.last_layer) =
      options.layers.empty() ? default_saliency_layers(config) : std::pair(options.layers[0], options.layers[1]);
  if (map.last_layer < map.first_layer || map.last_layer >= config.layers)
    throw UsageError(fmt::format("--layers FIRST,LAST must be blocks from 0 to {}, in order", config.layers - 1));
  settings.controls = !options.no_controls;
  return settings;
}

void run_saliency(const SaliencyOptions& options) {
  const Stopwatch clock;
  const auto loaded = load_model(options.model);
  require_ordinary(loaded.model, "a saliency map");
  auto settings = settings_for(options, loaded);
  const auto probes = read_probes(probes_for(options.model, options.probes), loaded);
  settings.player = player_for(loaded, options.player);
  Json found;
  {
    Progress bar("saliency");
    found = saliency_study(loaded, probes, settings, [&](double share, const std::string& what) {
      if (interrupted()) throw Interrupted{};
      bar.update(share, what);
    });
  }
  Json result = result_envelope("saliency");
  result["model"] = loaded.describe();
  result["data"] = data_of(loaded, settings.player.get(), settings.map.seed);
  result["data"]["positions"] = found["positions"];
  found.erase("positions");
  result["seconds"] = clock.seconds();
  result.update(found);
  options.output.print(result, saliency_text(result));
  store_result(options.model, "saliency", result);
}

}  // namespace

void add_saliency(CLI::App& app) {
  auto options = std::make_shared<SaliencyOptions>();
  auto& settings = options->settings;
  CLI::App& command = add_command(
      app, "saliency", "Does a predicted move rest on the discs that make it legal?",
      "Latent saliency maps (Li et al. 2023) of positions of games never trained on: how much probability the most\n"
      "probable legal move loses when the disc of a square is flipped inside the network. Discs are classed by the\n"
      "rules: those that the move turns, those that close its lines, all others; and whether the move would still be\n"
      "legal with that one disc turned over. Beside them stand random directions of the same norm and an untrained\n"
      "model with probes of its own. Written to results/saliency.json if --model is a run.\n"
      "Example: othello-gpt saliency --model runs/mini\n"
      "         othello-gpt saliency --model pretrained/mini --probes mini.safetensors --positions 1000");
  add_model(command, options->model);
  command.add_option("--probes", options->probes, "File of probes; default: results/probes.safetensors of the run")
      ->type_name("FILE");
  command.add_option("--positions", settings.positions, "How many positions, one of each game")
      ->type_name("N")
      ->check(whole_number(1, 1'000'000))
      ->capture_default_str();
  command.add_option("--layers", options->layers, "Blocks after which discs are flipped (default: 1 to half of them)")
      ->type_name("FIRST,LAST")
      ->delimiter(',')
      ->expected(2)
      ->check(whole_number(0, 63));
  command.add_option("--scale", settings.map.scale, "How far a flip goes, in units of the residual stream's norm")
      ->type_name("X")
      ->check(real_number(0, 100))
      ->capture_default_str();
  command.add_option("--examples", settings.examples, "Positions whose maps the result keeps: the first ones")
      ->type_name("N")
      ->check(whole_number(0, 10000))
      ->capture_default_str();
  command.add_flag("--no-controls", options->no_controls, "Leave out the untrained model");
  command.add_option("--fit-games", settings.fit_games, "Games that the untrained model's probes are fitted to")
      ->type_name("N")
      ->check(whole_number(60, 1'000'000))
      ->capture_default_str();
  add_seed(command, settings.map.seed, "Root seed of the games, the plies and the random directions");
  add_player(command, options->player, "Who plays the games (default: the player it was trained on)");
  add_workers(command, settings.workers);
  options->output.add_to(command);
  command.callback([options] {
    options->output.apply();
    prepare_runtime();
    watch_for_interrupt();
    run_saliency(*options);
  });
}

}  // namespace othello
