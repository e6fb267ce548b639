#include <memory>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/stages.h"
#include "model/runtime.h"

namespace othello {
namespace {

struct InterveneOptions {
  std::string model;
  std::string player;
  std::string probes;
  InterveneSettings settings;
  OutputOptions output;
};

std::filesystem::path find_probes(const InterveneOptions& options) {
  if (!options.probes.empty()) return options.probes;
  if (!RunFolder::is_run(options.model))
    throw UsageError("--model is not a run folder, so --probes must name a file, as probe --probes FILE makes it");
  const auto file = probes_file(RunFolder::open(options.model));
  if (!std::filesystem::exists(file))
    fail("{} has no probes yet; run first: othello-gpt probe --model {}", options.model, options.model);
  return file;
}

}  // namespace

void add_intervene(CLI::App& app) {
  auto options = std::make_shared<InterveneOptions>();
  CLI::App& command = add_command(
      app, "intervene", "Turn one disc inside the model along the probe's direction: do the predicted moves follow?",
      "Cases come from games never trained on (but for expert-replay). A third of them chooses the range of layers and "
      "the scale, the rest "
      "report, beside\n"
      "no edit (null) and a random direction of the same norm. Written to results/intervene.json if --model is a run.\n"
      "Example: othello-gpt intervene --model runs/mini --case-count 900");
  add_model(command, options->model);
  command.add_option("--probes", options->probes, "File of probes; default: results/probes.safetensors of the run")
      ->type_name("FILE");
  command.add_option("--case-count", options->settings.cases, "Number of cases, at least 30")
      ->type_name("N")
      ->check(whole_number(1, 1'000'000))
      ->capture_default_str();
  add_seed(command, options->settings.seed, "Root seed of the cases and of the random directions");
  add_player(command, options->player, "Who plays the games (default: the player it was trained on)");
  add_workers(command, options->settings.workers);
  options->output.add_to(command);
  command.callback([options] {
    options->output.apply();
    prepare_runtime();
    const auto loaded = load_model(options->model);
    options->settings.player = player_for(loaded, options->player);
    const auto probes = read_probes(find_probes(*options), loaded);
    const Json result = intervene_stage(loaded, probes, options->settings);
    options->output.print(result, intervene_text(result));
    store_result(options->model, "intervene", result);
  });
}

}  // namespace othello
