#include <fmt/format.h>

#include <memory>

#include "cli/commands.h"
#include "cli/options.h"
#include "common/interrupt.h"
#include "common/log.h"
#include "common/progress.h"
#include "common/run_folder.h"
#include "data/dataset.h"
#include "data/players.h"

namespace othello {
namespace {

struct GenerateOptions {
  std::int64_t games = 100000;
  std::uint64_t seed = 1;
  int board = 8;
  std::string player = "uniform";
  std::string out;
  OutputOptions output;
};

void run(const GenerateOptions& options) {
  options.output.apply();
  watch_for_interrupt();
  const BoardSize board = board_size(options.board);
  const auto player = make_player(options.player, board);
  const Stopwatch clock;
  Progress progress("generate");
  const auto after_shard = [&](std::int64_t done) {
    if (interrupted()) throw Interrupted{};
    progress.update(static_cast<double>(done) / static_cast<double>(options.games),
                    fmt::format("{} of {} games", grouped(done), grouped(options.games)));
  };
  const DatasetSummary summary =
      write_random_dataset(options.out, board, options.seed, options.games, after_shard, player);
  progress.finish();
  const double seconds = clock.seconds();

  Json result = result_envelope("generate");
  result["board"] = options.board;
  result["seed"] = options.seed;
  result["player"] = player->name();
  result["out"] = options.out;
  result["games"] = summary.games;
  result["plies"] = summary.plies;
  result["seconds"] = seconds;
  result["play_seconds"] = summary.play_seconds;
  result["games_per_second"] = static_cast<double>(summary.games) / seconds;
  options.output.print(
      result, fmt::format("{} games ({} plies) in {:.2f} s, {:.2f} s of it playing: {}", grouped(summary.games),
                          grouped(summary.plies), seconds, summary.play_seconds, options.out));
}

}  // namespace

void add_generate(CLI::App& app) {
  auto options = std::make_shared<GenerateOptions>();
  CLI::App& command =
      add_command(app, "generate", "Write games to a dataset folder (.npy shards that numpy opens)",
                  "Game i of a player and a seed is always the same game, and training plays the same ones\n"
                  "by itself: files are only needed to hand games to other programs.\n"
                  "Example: othello-gpt generate --games 1000000 --seed 7 --out games7");
  add_out(command, options->out, "Folder to make; it must not exist or be empty");
  add_games(command, options->games, "Number of games");
  add_seed(command, options->seed, "Root seed, a whole number of at least 0");
  add_board(command, options->board);
  add_player(command, options->player, "Who plays");
  options->output.add_to(command);
  command.callback([options] { run(*options); });
}

}  // namespace othello
