#include "data/export.h"

#include <fmt/format.h>

#include <limits>
#include <memory>

#include "cli/commands.h"
#include "cli/options.h"
#include "common/progress.h"
#include "common/run_folder.h"

namespace othello {
namespace {

struct ExportOptions {
  std::string dataset;
  std::string format;
  std::string out;
  std::int64_t games = 0;
  OutputOptions output;
};

void run(const ExportOptions& options) {
  options.output.apply();
  const Stopwatch clock;
  const std::int64_t limit = options.games > 0 ? options.games : std::numeric_limits<std::int64_t>::max();
  const std::int64_t games = export_games(options.dataset, options.format, options.out, limit);
  const double seconds = clock.seconds();
  Json result = result_envelope("export");
  result["data"] = options.dataset;
  result["format"] = options.format;
  result["out"] = options.out;
  result["games"] = games;
  result["seconds"] = seconds;
  options.output.print(result, fmt::format("{} games in {:.2f} s: {}", grouped(games), seconds, options.out));
}

}  // namespace

void add_export(CLI::App& app) {
  auto options = std::make_shared<ExportOptions>();
  CLI::App& command =
      add_command(app, "export", "Write the games of a dataset in a format that other programs read",
                  "Formats:\n"
                  "  tokens             .npy, uint8: 1..60 in the order a1, b1, …; then 0\n"
                  "  published-squares  .npy, int16: letter · 8 + digit − 1, so f5 is 44 (here: 37); then −100\n"
                  "  published-tokens   .npy, uint8: 1..60 in the order of those squares; then 0\n"
                  "  transcript         text, one game a line: f5d6c3…\n"
                  "  pgn                text, with names where they are known; * is the result of an unfinished game\n"
                  "Passes are left out. A dataset of 6×6 can be written as tokens and as transcript.\n"
                  "Example: othello-gpt export games7 --format published-squares --out games7.npy");
  command.add_option("DATASET", options->dataset, "Dataset folder")->required();
  command.add_option("--format", options->format, "One of the formats below")
      ->type_name("NAME")
      ->required()
      ->check(CLI::IsMember(export_names()).description(""));
  command.add_option("--out", options->out, "File to write; an older one is replaced")->type_name("FILE")->required();
  command.add_option("--games", options->games, "Only the first N games")
      ->type_name("N")
      ->check(whole_number(1, 1'000'000'000'000));
  options->output.add_to(command);
  command.callback([options] { run(*options); });
}

}  // namespace othello
