#include "data/generate.h"

#include <fmt/format.h>

#include <memory>

#include "cli/commands.h"
#include "cli/options.h"
#include "common/interrupt.h"
#include "common/log.h"
#include "common/progress.h"
#include "common/run_folder.h"

namespace othello {
namespace {

struct GenerateOptions {
  GenerateOptions() { request.games = 100000; }
  DatasetRequest request;
  std::string out;
  OutputOptions output;
};

void run(const GenerateOptions& options) {
  options.output.apply();
  watch_for_interrupt();
  const Stopwatch clock;
  Progress progress("generate");
  const auto after_shard = [&](std::int64_t done) {
    progress.update(static_cast<double>(done) / static_cast<double>(options.request.games),
                    fmt::format("{} of {} games", grouped(done), grouped(options.request.games)));
  };
  GenerateSummary summary;
  try {
    after_shard(0);
    summary = generate_dataset(options.out, options.request, after_shard);
  } catch (const Interrupted&) {
    progress.finish();
    log_info(how_to_go_on(options.out, read_unfinished(options.out)));
    throw;
  }
  progress.finish();
  const double seconds = clock.seconds();

  Json result = result_envelope("generate");
  result["board"] = options.request.board;
  result["seed"] = options.request.seed;
  result["player"] = summary.player;
  result["out"] = options.out;
  result["games"] = summary.games;
  result["plies"] = summary.plies;
  result["played"] = summary.played;
  result["seconds"] = seconds;
  result["play_seconds"] = summary.play_seconds;
  result["games_per_second"] = static_cast<double>(summary.played) / seconds;
  const auto size = fmt::format("{} games ({} plies)", grouped(summary.games), grouped(summary.plies));
  options.output.print(result,
                       summary.played == 0
                           ? fmt::format("{} are there already and whole: {}", size, options.out)
                           : fmt::format("{}, {} of them played now, in {:.2f} s, {:.2f} s of it playing: {}", size,
                                         grouped(summary.played), seconds, summary.play_seconds, options.out));
}

}  // namespace

void add_generate(CLI::App& app) {
  auto options = std::make_shared<GenerateOptions>();
  CLI::App& command = add_command(
      app, "generate", "Write games to a dataset folder (.npy shards that numpy opens)",
      "Game i of a player and a seed is always the same game, and training plays the same ones\n"
      "by itself: files are only needed to hand games to other programs. After an interruption the same command goes\n"
      "on; a folder that holds anything else is refused.\n"
      "Example: othello-gpt generate --games 1000000 --seed 7 --out games7");
  add_out(command, options->out, "Folder to make, or to go on with if it was interrupted");
  add_games(command, options->request.games, "Number of games");
  add_seed(command, options->request.seed, "Root seed, a whole number of at least 0");
  add_board(command, options->request.board);
  add_player(command, options->request.player, "Who plays");
  options->output.add_to(command);
  command.callback([options] { run(*options); });
}

}  // namespace othello
