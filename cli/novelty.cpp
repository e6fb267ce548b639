#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>

#include "cli/commands.h"
#include "cli/novelty_text.h"
#include "cli/options.h"
#include "cli/stages.h"
#include "common/files.h"
#include "common/interrupt.h"
#include "common/log.h"
#include "common/progress.h"
#include "common/threads.h"
#include "data/batch.h"
#include "interventions/subject.h"
#include "model/runtime.h"
#include "probes/novelty_tables.h"
#include "probes/probe_file.h"

namespace fs = std::filesystem;

namespace othello {
namespace {

struct NoveltyOptions {
  std::string model, probes, site, player;
  std::int64_t games = 2000;
  std::uint64_t seed = 1;
  int workers = 0;
  OutputOptions output;
};

/// The block behind which results/probe.json says that the board is read best (on the games that choose); else the one
/// in the middle.
int default_layer(const NoveltyOptions& options, const ProbeSet& probes, const ModelConfig& config) {
  std::vector<int> layers;
  for (int layer = 0; layer < config.layers; ++layer)
    if (probes.find({{SiteKind::resid_post, layer}}, "mine-yours-empty", "by-parity", "ridge")) layers.push_back(layer);
  if (layers.empty()) return config.layers / 2;
  double best = 0;
  int found = *std::min_element(layers.begin(), layers.end(), [&](int a, int b) {
    return std::abs(a - config.layers / 2) < std::abs(b - config.layers / 2);
  });
  if (!RunFolder::is_run(options.model)) return found;
  const auto file = RunFolder::open(options.model).result_file("probe");
  if (!fs::exists(file)) return found;
  try {
    const Json document = parse_json(read_file(file), file.string());
    for (const Json& row : document.at("probes"))
      for (const int layer : layers)
        if (row.at("site") == site_name(Site{SiteKind::resid_post, layer}) && row.at("target") == "mine-yours-empty" &&
            row.at("kind") == "ridge" && row.at("mode") == "by-parity" && row.value("chosen_at", 0.0) > best)
          best = row.at("chosen_at"), found = layer;
  } catch (const std::exception&) {
    fail("{} is no result of 'othello-gpt probe'; --site names the place whose probe is to read the board",
         file.string());
  }
  return found;
}

/// The probes of the file named or of the run; none if there are none.
std::optional<ProbeSet> find_probes(const NoveltyOptions& options, const LoadedModel& loaded) {
  if (const auto file = probes_if_any(options.model, options.probes)) return read_probes(*file, loaded);
  if (!options.site.empty())
    throw UsageError("--site needs probes: 'othello-gpt probe' makes them, --probes names their file");
  log_info(
      "how well the board is read is left out, for it needs probes: 'othello-gpt probe' makes them, --probes names "
      "their file");
  return std::nullopt;
}

/// Null if nothing was asked for and the run's probes do not read the board behind a block.
const FittedProbe* chosen_probe(const NoveltyOptions& options, const ProbeSet& probes, const LoadedModel& loaded) {
  const auto& config = loaded.model.config();
  const ProbeSite site = options.site.empty()
                             ? ProbeSite{{SiteKind::resid_post, default_layer(options, probes, config)}}
                             : parse_probe_site(options.site, config);
  const auto* probe = find_board_probe(probes, site);
  if (probe != nullptr && probe->site == site) return probe;  // and not another place's
  if (!options.probes.empty() || !options.site.empty())
    fail("there is no linear probe of mine-yours-empty (frame mover) at {}; --site names another place",
         site_name(site));
  log_info("the run's probes do not read the board behind a block, so nothing is said about it (--site)");
  return nullptr;
}

Json novelty_stage(const LoadedModel& loaded, const std::shared_ptr<const Player>& player, const FittedProbe* probe,
                   const NoveltyOptions& options) {
  const Stopwatch clock;
  const BoardSize board = board_size(loaded.model.config().board);
  const int workers = options.workers == 0 ? available_cores() : options.workers;
  const auto runs = training_runs(loaded.facts, board);
  const auto games = take_games(GameSource(board, options.seed, Purpose::evaluation, player), 0, options.games);
  const auto total = game_count(runs);
  Progress bar("novelty");
  const auto seen = find_nearest_games(board, games, runs, workers, [&](std::uint64_t done) {
    if (interrupted()) throw Interrupted{};
    bar.update(static_cast<double>(done) / static_cast<double>(total), "playing the games of training again");
  });
  const double replay_seconds = clock.seconds();
  bar.update(1, "the held-out games");
  const auto positions = novelty_positions(loaded.model, games, seen, runs, probe, workers);
  if (positions.empty()) fail("player {} plays games without a second move to predict", player->name());

  Json result = result_envelope("novelty");
  result["model"] = loaded.describe();
  result["data"] = data_of(loaded, player.get(), options.seed, options.games);
  result["training"] = {{"games", total}, {"replay_seconds", replay_seconds}, {"runs", Json::array()}};
  for (const auto& run : loaded.facts.history())
    if (run.games > run.first_game)
      result["training"]["runs"].push_back({{"player", run.player},
                                            {"seed", run.seed},
                                            {"first_game", run.first_game},
                                            {"games", run.games - run.first_game}});
  result["site"] = probe == nullptr ? Json() : Json(site_name(probe->site));
  if (probe != nullptr) result["probe"] = probe->kind;
  result.update(novelty_tables(positions, options.games, SeenBy::moves));
  result["up_to_symmetry"] = novelty_tables(positions, options.games, SeenBy::images);
  result["seconds"] = clock.seconds();
  return result;
}

}  // namespace

void add_novelty(CLI::App& app) {
  auto options = std::make_shared<NoveltyOptions>();
  CLI::App& command = add_command(
      app, "novelty", "Look-up table or algorithm? Legal moves and the board, by how new a position is to training",
      "Games of training are a function of player and seed, so all of them are played once more. Every\n"
      "position of held-out games is then known to be one whose very moves began a game of training, one\n"
      "whose board occurred there by other moves, or new. For each: how often the model's most probable\n"
      "move is legal and how much of the board a probe reads, beside what a look-up table would reach (the\n"
      "next move of the training game that shares most first moves) and any empty square. New positions\n"
      "are late ones, so the groups are compared at equal ply as well. Written to results/novelty.json\n"
      "if --model is a run.\n"
      "Example: othello-gpt novelty --model pretrained/mini --probes mini.safetensors");
  add_model(command, options->model);
  command
      .add_option("--probes", options->probes,
                  "File of probes that read the board; default: results/probes.safetensors of the run")
      ->type_name("FILE");
  command
      .add_option("--site", options->site,
                  "Where the board is read (default: behind the block where results/probe.json has it best, else the "
                  "middle one)")
      ->type_name("SITE");
  command.add_option("--games", options->games, "Number of held-out games")
      ->type_name("N")
      ->check(whole_number(1, 20'000))
      ->capture_default_str();
  add_seed(command, options->seed, "Root seed of the held-out games");
  add_player(command, options->player, "Who plays the held-out games (default: the player it was trained on)");
  add_workers(command, options->workers);
  options->output.add_to(command);
  command.callback([options] {
    options->output.apply();
    prepare_runtime();
    watch_for_interrupt();
    const auto loaded = load_model(options->model);
    training_runs(loaded.facts, board_size(loaded.model.config().board));  // refused before anything else is said
    const auto player = player_for(loaded, options->player);
    const auto probes = find_probes(*options, loaded);
    const Json result =
        novelty_stage(loaded, player, probes ? chosen_probe(*options, *probes, loaded) : nullptr, *options);
    options->output.print(result, novelty_text(result));
    store_result(options->model, "novelty", result);
  });
}

}  // namespace othello
