#include <memory>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/probe_text.h"
#include "cli/stages.h"
#include "common/files.h"
#include "common/interrupt.h"
#include "common/log.h"
#include "data/players.h"
#include "model/runtime.h"
#include "probes/similarity.h"

namespace othello {
namespace {

struct ProbeOptions {
  std::string model, player, probes, transfer, frame = "mover";
  std::vector<std::string> modes{"by-parity"};
  std::vector<int> plies;
  std::vector<std::string> compare;
  bool no_bias = false, no_controls = false, no_logistic = false, no_details = false, no_widths = false;
  ProbeSettings settings;
  OutputOptions output;
};

ProbeSettings settings_of(const ProbeOptions& options, const LoadedModel& loaded) {
  auto settings = options.settings;
  const auto& config = loaded.model.config();
  settings.player = player_for(loaded, options.player);
  if (!options.transfer.empty()) settings.transfer = make_player(options.transfer, board_size(config.board));
  settings.frame = options.frame == "parity" ? Frame::parity : Frame::mover;
  settings.modes.clear();
  for (const auto& mode : options.modes) settings.modes.push_back(parse_mode(mode));
  if (!options.plies.empty()) settings.plies = {options.plies[0], options.plies[1]};
  if (settings.plies.first > settings.plies.last)
    throw UsageError("--plies FIRST,LAST: the first comes after the last");
  settings.bias = !options.no_bias;
  settings.controls = !options.no_controls;
  settings.details = !options.no_details;
  if (options.no_logistic) settings.information.positions = 0;
  if (options.no_widths) settings.widths.clear();
  else if (settings.widths.empty()) {
    settings.widths = {config.d_model, 2 * config.d_model};
    if (config.d_model / 2 % config.heads == 0) settings.widths.insert(settings.widths.begin(), config.d_model / 2);
  }
  return settings;
}

struct OtherProbes {
  std::string file;
  ProbeFile content;
};

/// Probe files, or those of runs, that have something in common with what a sweep with these settings fits: what does
/// not fit shall fail now rather than after the sweep.
std::vector<OtherProbes> probes_to_compare(const std::vector<std::string>& files, const LoadedModel& loaded,
                                           const ProbeSettings& settings) {
  std::vector<OtherProbes> all;
  const auto& config = loaded.model.config();
  for (const auto& file : files) {
    auto content =
        read_probe_file(RunFolder::is_run(file) ? probes_file(RunFolder::open(file)) : std::filesystem::path(file));
    if (content.config.board != config.board || content.config.d_model != config.d_model)
      fail(
          "{}: its probes are of a model with board {} and d_model {}, not {} and {}, so their directions cannot be "
          "compared",
          file, content.config.board, content.config.d_model, config.board, config.d_model);
    const auto sites = probe_sites(settings.sites, config);
    const auto mode = word_of(settings.modes[0]);
    if (std::none_of(sites.begin(), sites.end(), [&](const ProbeSite& site) {
          return content.probes.find(site, settings.targets[0], mode, "ridge") != nullptr;
        }))
      fail("{}: it has no ridge probe ({}) of {} at any of these sites to compare with", file, mode,
           settings.targets[0]);
    all.push_back({file, std::move(content)});
  }
  return all;
}

/// How much the directions that this sweep found are those of other files, by its first target and mode.
Json comparisons(const ProbeSweep& sweep, const std::vector<OtherProbes>& others, const BoardSize& board) {
  Json found = Json::array();
  for (const auto& other : others) {
    Json row{{"file", other.file}, {"sha256", other.content.sha256}};
    const auto& best = sweep.document["best"];
    row.update(compare_probes(sweep.probes, other.content.probes, board, best["target"], best["mode"], "ridge"));
    found.push_back(row);
  }
  return found;
}

}  // namespace

void add_probe(CLI::App& app) {
  auto options = std::make_shared<ProbeOptions>();
  auto& settings = options->settings;
  CLI::App& command = add_command(
      app, "probe", "Read the board from activations with probes, beside what the moves alone give",
      "Ridge probes at every site from one pass over the games; logistic ones at the first and the best site, in\n"
      "bits; and the controls: majority per (square, ply), bag of moves, one-hot (ply, move), untrained models,\n"
      "control task, shuffled labels, a board of wrong rules, sorted activations and power means, permuted neurons,\n"
      "untrained models of other widths. Games are split into those that fit, choose and report. Written to\n"
      "results/probe.json and results/probes.safetensors if --model is a run. An interrupted sweep goes on when it is\n"
      "started again if it has a file for its probes (--model is a run, or --probes); without one nothing is kept.\n"
      "Targets: mine-yours-empty, black-white-empty, flipped, legal, placed, flips, ply, never-flipped, no-diagonals.\n"
      "Sites: names, or resid (before block 0, after every block), mid, attn, mlp, heads, hidden, all.\n"
      "Modes: by-parity (weights of their own for even and odd plies), all (one set, but two for moves), even, odd.\n"
      "Example: othello-gpt probe --model runs/mini --targets mine-yours-empty,legal,never-flipped --sites resid,mid");
  add_model(command, options->model);
  add_games(command, settings.games, "Number of games, at least 60");
  add_seed(command, settings.seed, "Root seed of the games");
  add_player(command, options->player, "Who plays the games (default: the player it was trained on)");
  add_workers(command, settings.workers);
  const auto list = [&](const char* flag, auto& values, const char* what, const char* type) {
    return command.add_option(flag, values, what)->type_name(type)->delimiter(',')->expected(1, 1000);
  };
  list("--targets", settings.targets, "What to read; sites are ranked by the first", "NAME,…")->capture_default_str();
  list("--sites", settings.sites, "Where to read it", "NAME,…")->capture_default_str();
  list("--modes", options->modes, "Which positions share weights", "NAME,…")->capture_default_str();
  command
      .add_option("--frame", options->frame, "Who is \"mine\": the next to move, or by even and odd plies (published)")
      ->type_name("mover|parity")
      ->check(CLI::IsMember({"mover", "parity"}).description(""))
      ->capture_default_str();
  command.add_option("--plies", options->plies, "Only positions after moves FIRST to LAST (published: 6,55)")
      ->type_name("FIRST,LAST")
      ->delimiter(',')
      ->expected(2)
      ->check(whole_number(1, 60));
  command.add_flag("--no-bias", options->no_bias, "Probes without an intercept");
  command.add_option("--untrained", settings.untrained, "Untrained models, each with a seed of its own")
      ->type_name("N")
      ->check(whole_number(0, 100))
      ->capture_default_str();
  command.add_flag("--no-controls", options->no_controls,
                   "Leave out control task, shuffled labels, wrong-rule board, sorted and permuted activations, power "
                   "means");
  command.add_flag("--no-details", options->no_details, "Leave out low-rank probes, learning curves, similarities");
  command
      .add_option("--positions", settings.information.positions,
                  "Positions that logistic probes are fitted on, at most (and no more than 500 MB of a site)")
      ->type_name("N")
      ->check(whole_number(1, 1'000'000'000))
      ->capture_default_str();
  command.add_flag("--no-logistic", options->no_logistic, "Leave out logistic probes and what they tell in bits");
  list("--mlp", settings.information.mlp, "Also probes with a hidden layer of these widths", "N,…")
      ->check(whole_number(1, 65536));
  list("--widths", settings.widths, "d_model of untrained models to compare (default: half, once, twice)", "N,…")
      ->check(whole_number(4, 8192));
  command.add_flag("--no-widths", options->no_widths, "Leave them out");
  command
      .add_option("--transfer", options->transfer, "Also fit on this player's games, and read each with the other's")
      ->type_name("NAME");
  command.add_option("--transfer-games", settings.transfer_games, "Games of each for that, at most")
      ->type_name("N")
      ->check(whole_number(60, 1'000'000'000))
      ->capture_default_str();
  list("--compare", options->compare, "Probes of other games or seeds (files, runs) to compare directions with",
       "FILE,…");
  command
      .add_option("--probes", options->probes,
                  "Where to keep the probes, and beside them an interrupted sweep; default: results/ of the run")
      ->type_name("FILE");
  options->output.add_to(command);
  command.callback([options] {
    options->output.apply();
    prepare_runtime();
    watch_for_interrupt();
    const auto loaded = load_model(options->model);
    std::filesystem::path probes = options->probes;
    if (probes.empty() && RunFolder::is_run(options->model)) {
      probes = probes_file(RunFolder::open(options->model));
      make_folder(probes.parent_path());
    }
    const auto wanted = settings_of(*options, loaded);
    const auto others = probes_to_compare(options->compare, loaded, wanted);
    auto sweep = probe_stage(loaded, wanted, probes);
    if (!others.empty())
      sweep.document["compared"] = comparisons(sweep, others, board_size(loaded.model.config().board));
    options->output.print(sweep.document, probe_text(sweep.document));
    store_result(options->model, "probe", sweep.document);
    if (probes.empty()) log_info("the probes are not kept; --probes FILE keeps them for intervene");
  });
}

}  // namespace othello
