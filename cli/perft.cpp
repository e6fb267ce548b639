#include "engine/perft.h"

#include <fmt/format.h>

#include <memory>

#include "cli/commands.h"
#include "cli/options.h"
#include "common/progress.h"
#include "common/run_folder.h"
#include "engine/kernels/dispatch.h"

namespace othello {
namespace {

struct PerftOptions {
  int depth = 9;
  int board = 8;
  std::string convention = "T";
  OutputOptions output;
};

void run(const PerftOptions& options) {
  options.output.apply();
  const auto convention = parse_perft_convention(options.convention.front());
  const Stopwatch clock;
  const std::uint64_t nodes = perft(start_position(), board_size(options.board), options.depth, convention);
  const double seconds = clock.seconds();

  Json result = result_envelope("perft");
  result["board"] = options.board;
  result["depth"] = options.depth;
  result["convention"] = options.convention;
  result["nodes"] = nodes;
  result["seconds"] = seconds;
  result["kernels"] = kernels().name;
  options.output.print(result, fmt::format("perft {} on {}×{}, convention {}: {} move sequences in {:.3f} s\n"
                                           "{:.0f} million/s with the {} kernels",
                                           options.depth, options.board, options.board, options.convention, nodes,
                                           seconds, static_cast<double>(nodes) / seconds / 1e6, kernels().name));
}

}  // namespace

void add_perft(CLI::App& app) {
  auto options = std::make_shared<PerftOptions>();
  CLI::App& command =
      add_command(app, "perft", "Count the move sequences of a given length: a check of the move generator",
                  "Conventions (all agree up to depth 8 on 8×8):\n"
                  "  A  a pass is a ply, a game that ended earlier counts 1\n"
                  "  E  a pass is a ply, a game that ended earlier counts 0\n"
                  "  T  a pass is no ply, ended counts 0: the number of legal token sequences\n"
                  "  F  a pass is no ply, ended counts 1\n"
                  "Example: othello-gpt perft --depth 9 --convention A    (3005288)");
  command
      .add_option("--depth", options->depth,
                  "Length of the sequences in plies, 0 to 20 (each ply takes about 8 times as long)")
      ->type_name("N")
      ->check(whole_number(0, 20))
      ->capture_default_str();
  command.add_option("--convention", options->convention, "What counts as a ply and as a leaf, see below")
      ->type_name("A|E|T|F")
      ->transform(CLI::IsMember({"A", "E", "T", "F"}, CLI::ignore_case).description(""))
      ->capture_default_str();
  add_board(command, options->board);
  options->output.add_to(command);
  command.callback([options] { run(*options); });
}

}  // namespace othello
