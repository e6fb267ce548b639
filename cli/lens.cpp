#include "probes/lens.h"

#include <memory>
#include <optional>

#include "cli/commands.h"
#include "cli/lens_text.h"
#include "cli/options.h"
#include "cli/stages.h"
#include "common/interrupt.h"
#include "common/log.h"
#include "common/progress.h"
#include "common/threads.h"
#include "model/linearised.h"
#include "model/runtime.h"
#include "probes/empty_circuit.h"
#include "probes/probe_file.h"

namespace othello {
namespace {

struct LensOptions {
  std::string model, probes, player;
  std::int64_t games = 1000;
  std::uint64_t seed = 1;
  int workers = 0;
  OutputOptions output;
};

/// The probes of the file named, those of the run, or none.
std::optional<ProbeSet> find_probes(const LensOptions& options, const LoadedModel& loaded) {
  if (const auto file = probes_if_any(options.model, options.probes)) return read_probes(*file, loaded);
  log_info(
      "the board, the order and the circuit are left out, for there are no probes: 'othello-gpt probe --sites "
      "resid,mid' "
      "makes them, --probes names their file");
  return std::nullopt;
}

/// Says what the probes at hand do not give.
void tell_missing(const ProbeSet& probes, const ModelConfig& config) {
  constexpr const char* kHow = "'othello-gpt probe --sites resid,mid' without --targets and --modes makes them";
  int missing = 0;
  for (const auto& site : residual_sites(config)) missing += find_mover_probe(probes, site) == nullptr;
  if (missing > 0)
    log_info(
        fmt::format("the order is left out, for {} of {} layers have no ridge probe by parity of mine-yours-empty "
                    "(frame mover): {}",
                    missing, config.layers + 1, kHow));
  if (find_mover_probe(probes, kEmptyCircuitSite) == nullptr)
    log_info(fmt::format(
        "the circuit is left out, for there is no ridge probe by parity of mine-yours-empty (frame mover) at {}: {}",
        site_name(kEmptyCircuitSite), kHow));
}

Json lens_stage(const LoadedModel& loaded, const ProbeSet* probes, const LensOptions& options,
                const std::shared_ptr<const Player>& player) {
  const Stopwatch clock;
  const Transformer untrained(loaded.model.config(), loaded.facts.seed);
  Progress bar("lens");
  LensGames games{GameSource(board_size(loaded.model.config().board), options.seed, Purpose::evaluation, player),
                  options.games, options.workers == 0 ? available_cores() : options.workers};
  const auto show = [&](const char* what) {
    return [&bar, what](double share) {
      if (interrupted()) throw Interrupted{};
      bar.update(share, what);
    };
  };
  Json result = result_envelope("lens");
  result["model"] = loaded.describe();
  result["data"] = data_of(loaded, player.get(), options.seed, options.games);
  result["frame"] = "mover";
  games.progress = show("layer by layer");
  result.update(lens(loaded.model, untrained, probes, games));
  games.progress = show("empty or not");
  result["empty_circuit"] = probes == nullptr ? Json() : empty_circuit(loaded.model, untrained, *probes, games);
  result["seconds"] = clock.seconds();
  return result;
}

}  // namespace

void add_lens(CLI::App& app) {
  auto options = std::make_shared<LensOptions>();
  CLI::App& command = add_command(
      app, "lens", "What the model would play after each block, and whether it reads the board before or after that",
      "The residual stream before block 0 and after every block goes through the final layer norm and the unembedding\n"
      "(logit lens), beside the same model untrained. With ridge probes of the board (--probes) at the same places:\n"
      "which squares are read right there; whether the move or the board is settled in an earlier layer, by ply; and\n"
      "the circuit from the embedding to 'empty': the cosine of what block 0's attention writes for a move with the\n"
      "probe's direction of 'empty' for its square, with controls. Games are those that `evaluate` takes. Written to\n"
      "results/lens.json if --model is a run.\n"
      "Example: othello-gpt probe --model pretrained/mini --sites resid,mid --probes mini.safetensors\n"
      "         othello-gpt lens --model pretrained/mini --probes mini.safetensors");
  add_model(command, options->model);
  command
      .add_option("--probes", options->probes,
                  "File of probes, made by 'probe --sites resid,mid'; default: results/probes.safetensors of the run")
      ->type_name("FILE");
  add_games(command, options->games, "Number of games");
  add_seed(command, options->seed, "Root seed of the games");
  add_player(command, options->player, "Who plays the games (default: the player it was trained on)");
  add_workers(command, options->workers);
  options->output.add_to(command);
  command.callback([options] {
    options->output.apply();
    prepare_runtime();
    watch_for_interrupt();
    const auto loaded = load_model(options->model);
    require_ordinary(loaded.model, "the lens");
    const auto player = player_for(loaded, options->player);
    const auto probes = find_probes(*options, loaded);
    if (probes) tell_missing(*probes, loaded.model.config());
    const Json result = lens_stage(loaded, probes ? &*probes : nullptr, *options, player);
    options->output.print(result, lens_text(result));
    store_result(options->model, "lens", result);
  });
}

}  // namespace othello
