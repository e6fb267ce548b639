#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <optional>

#include "cli/commands.h"
#include "cli/options.h"
#include "common/error.h"
#include "common/progress.h"
#include "common/run_folder.h"
#include "data/games.h"
#include "data/labels.h"
#include "data/players.h"
#include "engine/notation.h"

namespace othello {
namespace {

struct ShowOptions {
  std::vector<std::string> moves;
  int board = 8;
  std::uint64_t seed = 1;
  std::string player = "uniform";
  std::optional<std::uint64_t> game;
  std::optional<int> ply;
  OutputOptions output;
};

const char* name(Color color) { return color == Color::black ? "black" : "white"; }

std::vector<std::string> names(Bits squares) {
  std::vector<std::string> list;
  for_each_square(squares, [&](Square square) { list.push_back(square_name(square)); });
  return list;
}

/// The game that the arguments name: written out, played from a seed, or empty.
Game chosen_game(const ShowOptions& options, const BoardSize& board) {
  if (options.game)
    return GameSource(board, options.seed, Purpose::training, make_player(options.player, board)).game(*options.game);
  try {
    return parse_game(fmt::format("{}", fmt::join(options.moves, " ")), board);
  } catch (const Error& error) {
    throw UsageError(error.what());
  }
}

/// A position of a game with what led to it.
struct View {
  BoardSize board;
  Game game;
  int ply = 0;
  Position position;
  Bits legal = 0;
  std::vector<std::pair<int, Color>> passes;  // (move before which a side passed, that side), up to `ply`

  bool over() const { return legal == 0; }
};

View view(const ShowOptions& options) {
  const BoardSize board = board_size(options.board);
  View v{.board = board,
         .game = chosen_game(options, board),
         .ply = 0,
         .position = start_position(),
         .legal = 0,
         .passes = {}};
  v.ply = options.ply.value_or(v.game.length);
  if (v.ply > v.game.length)
    throw UsageError(fmt::format("--ply {} is beyond the game's {} moves", v.ply, v.game.length));
  const auto facts = replay(board, v.game.moves().first(static_cast<std::size_t>(v.ply)));
  for (std::size_t t = 0; t < facts.size(); ++t)
    if (facts[t].pass_before_next) v.passes.emplace_back(static_cast<int>(t) + 2, other(facts[t].after.to_move));
  if (!facts.empty()) v.position = facts.back().after;
  v.legal = facts.empty() ? legal_moves(v.position, board) : facts.back().legal;
  return v;
}

Json as_json(const View& v) {
  const int black = count(v.position.black());
  const int white = count(v.position.white());
  Json result = result_envelope("show");
  result["board"] = v.board.side;
  result["moves"] = game_text(v.game);
  result["ply"] = v.ply;
  result["over"] = v.over();
  result["to_move"] = v.over() ? Json() : Json(name(v.position.to_move));
  result["legal"] = names(v.legal);
  result["black"] = names(v.position.black());
  result["white"] = names(v.position.white());
  result["discs"] = {{"black", black}, {"white", white}};
  result["passes"] = Json::array();
  for (const auto& [move, side] : v.passes) result["passes"].push_back({{"before_move", move}, {"side", name(side)}});
  return result;
}

std::string coloured(const std::string& board) {
  std::string text;
  for (const char c : board) {
    if (c == 'X') text += "\033[1;36mX\033[0m";
    else if (c == 'O') text += "\033[1;33mO\033[0m";
    else if (c == '*') text += "\033[32m*\033[0m";
    else text += c;
  }
  return text;
}

std::string outcome(int black, int white) {
  if (black == white) return "a draw";
  return fmt::format("{} wins by {}", black > white ? "black" : "white", std::abs(black - white));
}

std::string as_text(const View& v) {
  const int black = count(v.position.black());
  const int white = count(v.position.white());
  std::string text;
  constexpr std::size_t line = 2 * 32;  // moves of two characters: a game of 6×6, half a game of 8×8
  const std::string moves = game_text(v.game);
  for (std::size_t i = 0; i < moves.size(); i += line)
    text += fmt::format("{:<8}{}\n", i == 0 ? "game" : "", moves.substr(i, line));
  if (v.ply == 0) text += "ply     0 (the start)\n\n";
  else
    text += fmt::format("ply     {} of {}, after {}\n\n", v.ply, v.game.length,
                        square_name(v.game.moves()[static_cast<std::size_t>(v.ply) - 1]));
  const std::string board = draw_board(v.position, v.board, v.legal);
  text += colour_wanted() ? coloured(board) : board;
  text += fmt::format("\ndiscs   X black {}, O white {}\n", black, white);
  for (const auto& [move, side] : v.passes) text += fmt::format("pass    {} before move {}\n", name(side), move);
  if (v.over()) text += fmt::format("over    {} to {}: {}\n", black, white, outcome(black, white));
  else
    text += fmt::format("to move {}, {} legal (*): {}\n", name(v.position.to_move), count(v.legal),
                        fmt::join(names(v.legal), " "));
  return text;
}

void run(const ShowOptions& options) {
  options.output.apply();
  const View v = view(options);
  options.output.print(as_json(v), as_text(v));
}

}  // namespace

void add_show(CLI::App& app) {
  auto options = std::make_shared<ShowOptions>();
  CLI::App& command = add_command(app, "show", "Draw a position or a game as a board in the terminal",
                                  "X black (moves first), O white, * a legal move. Without moves: the start.\n"
                                  "Examples: othello-gpt show f5d6c3\n"
                                  "          othello-gpt show F5 d6 C3 --ply 2\n"
                                  "          othello-gpt show --seed 7 --game 0 --ply 40 --player greedy:20\n"
                                  "          othello-gpt show --board 6 d3");
  auto* moves = command.add_option(
      "MOVES", options->moves, "The game's moves in either case, with or without separators; passes may be left out");
  add_board(command, options->board);
  add_seed(command, options->seed, "Root seed of the game that --game names");
  add_player(command, options->player, "Who plays it");
  for (const char* name : {"--seed", "--player"}) command.get_option(name)->excludes(moves);
  command
      .add_option(
          "--game", options->game,
          "Show game number I (from 0) of the seed, as training plays it; 0 if only --seed or --player is given")
      ->type_name("I")
      ->check(whole_number(0, kLargestSeed))
      ->excludes(moves);
  command
      .add_option("--ply", options->ply, "Show the position after this many moves, 0 for the start (default: the last)")
      ->type_name("N")
      ->check(whole_number(0, 60));
  options->output.add_to(command);
  command.callback([options, &command] {
    if (command.count("--seed") + command.count("--player") > 0 && !options->game) options->game = 0;
    run(*options);
  });
}

}  // namespace othello
