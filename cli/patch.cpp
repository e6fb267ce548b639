#include <memory>
#include <optional>
#include <tuple>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/patch_text.h"
#include "cli/stages.h"
#include "common/interrupt.h"
#include "common/log.h"
#include "common/progress.h"
#include "engine/notation.h"
#include "interventions/patch_document.h"
#include "interventions/saliency.h"
#include "interventions/subject.h"
#include "model/linearised.h"
#include "model/runtime.h"

namespace othello {
namespace {

struct PatchOptions {
  std::string model, clean, corrupt, probes, move;
  std::optional<int> ply;
  std::vector<int> layers;
  PatchSettings settings;
  OutputOptions output;
};

Game read_game(const PatchOptions& options, const std::string& text, const char* flag, const BoardSize& board) {
  Game game;
  try {
    game = parse_game(text, board);
  } catch (const Error& error) {
    throw UsageError(fmt::format("{}: {}", flag, error.what()));
  }
  if (!options.ply) return game;
  if (*options.ply > game.length)
    throw UsageError(fmt::format("--ply {} is beyond the {} moves of {}", *options.ply, game.length, flag));
  game.length = static_cast<std::uint8_t>(*options.ply);
  return game;
}

PatchSettings settings_for(const PatchOptions& options, const ModelConfig& config) {
  auto settings = options.settings;
  const BoardSize board = board_size(config.board);
  settings.clean = read_game(options, options.clean, "--clean", board);
  settings.corrupt = read_game(options, options.corrupt, "--corrupt", board);
  try {
    if (!options.move.empty()) settings.move = parse_square(options.move, board);
  } catch (const Error& error) {
    throw UsageError(fmt::format("--move: {}", error.what()));
  }
  std::tie(settings.first_layer, settings.last_layer) =
      options.layers.empty() ? default_saliency_layers(config) : std::pair(options.layers[0], options.layers[1]);
  if (settings.last_layer < settings.first_layer || settings.last_layer >= config.layers)
    throw UsageError(fmt::format("--layers FIRST,LAST must be blocks from 0 to {}, in order", config.layers - 1));
  return settings;
}

/// The probes of the file named, those of the run if it has them at all layers wanted, or none.
std::optional<ProbeSet> find_probes(const PatchOptions& options, const PatchSettings& settings,
                                    const LoadedModel& loaded) {
  if (const auto file = probes_if_any(options.model, options.probes)) {
    auto probes = read_probes(*file, loaded);
    bool complete = true;
    for (int layer = settings.first_layer; layer <= settings.last_layer; ++layer)
      complete = complete && find_board_probe(probes, {{SiteKind::resid_post, layer}}) != nullptr;
    if (complete || !options.probes.empty()) return probes;  // what a named file lacks is said where it is missed
  }
  log_info(
      "saliency is left out, for it needs probes of the board behind blocks: 'othello-gpt probe' makes them, --probes "
      "names their file");
  return std::nullopt;
}

Json patch_stage(const LoadedModel& loaded, const ProbeSet* probes, const PatchSettings& settings) {
  const Stopwatch clock;
  Progress bar("patching");
  const auto found = patch_document(loaded, probes, settings, [&](double share) {
    if (interrupted()) throw Interrupted{};
    bar.update(share, "one place at a time");
  });
  Json result = result_envelope("patch");
  result["model"] = loaded.describe();
  result["seconds"] = clock.seconds();
  result.update(found);
  return result;
}

}  // namespace

void add_patch(CLI::App& app) {
  auto options = std::make_shared<PatchOptions>();
  CLI::App& command = add_command(
      app, "patch", "Which place in the network carries what tells two games apart?",
      "The model runs on the corrupted game with the clean game's activation at one place: the residual stream, the\n"
      "output of attention or MLP, one head, at every block and position. Recovery is the share of the logit "
      "difference\n"
      "(moves legal in one game alone) that this brings back; beside it stand the gradient's estimate with its error,\n"
      "the parts of a move's logit, and with probes how much each disc matters to the move. Written to\n"
      "results/patch.json if --model is a run.\n"
      "Example: othello-gpt patch --model pretrained --clean f5d6c3d3c4 --corrupt f5d6c5f4e3");
  add_model(command, options->model);
  command.add_option("--clean", options->clean, "Moves of the game whose activations are put in (f5d6c3…)")
      ->type_name("GAME")
      ->required();
  command.add_option("--corrupt", options->corrupt, "Moves of the game that the model runs on, equally many")
      ->type_name("GAME")
      ->required();
  command.add_option("--ply", options->ply, "Take only the first N moves of both")
      ->type_name("N")
      ->check(whole_number(1, 60));
  command
      .add_option("--move", options->move,
                  "Whose logit and saliency (default: the model's most probable legal move in the clean game)")
      ->type_name("SQUARE");
  command
      .add_option("--probes", options->probes,
                  "File of probes for the saliency; default: results/probes.safetensors of the run")
      ->type_name("FILE");
  command
      .add_option("--layers", options->layers,
                  "Blocks after which the saliency flips discs (default: 1 to half of them)")
      ->type_name("FIRST,LAST")
      ->delimiter(',')
      ->expected(2)
      ->check(whole_number(0, 63));
  command
      .add_option("--scale", options->settings.scale,
                  "How far the saliency's flip goes, in units of the residual stream's norm")
      ->type_name("X")
      ->check(real_number(0, 100))
      ->capture_default_str();
  add_seed(command, options->settings.seed, "Root seed of the random directions beside the saliency");
  add_workers(command, options->settings.workers);
  options->output.add_to(command);
  command.callback([options] {
    options->output.apply();
    prepare_runtime();
    watch_for_interrupt();
    const auto loaded = load_model(options->model);
    require_ordinary(loaded.model, "patching");
    const auto settings = settings_for(*options, loaded.model.config());
    const auto probes = find_probes(*options, settings, loaded);
    const Json result = patch_stage(loaded, probes ? &*probes : nullptr, settings);
    options->output.print(result, patch_text(result));
    store_result(options->model, "patch", result);
  });
}

}  // namespace othello
