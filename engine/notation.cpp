#include "engine/notation.h"

#include <cctype>

#include "common/error.h"
#include "engine/rules.h"

namespace othello {
namespace {

bool is_separator(char c) {
  return std::isspace(static_cast<unsigned char>(c)) || c == ',' || c == ';' || c == '.' || c == '-';
}
char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

}  // namespace

std::string square_name(Square square) {
  return {static_cast<char>('a' + square % 8), static_cast<char>('1' + square / 8)};
}

Square parse_square(std::string_view name, const BoardSize& size) {
  if (name.size() == 2) {
    const int file = lower(name[0]) - 'a';
    const int rank = name[1] - '1';
    if (file >= 0 && file < 8 && rank >= 0 && rank < 8 && (size.squares & bit(file + 8 * rank)) != 0)
      return file + 8 * rank;
  }
  fail("'{}' is not a square of the {}×{} board ({} to {})", name, size.side, size.side,
       square_name(lowest(size.squares)), square_name(63 - std::countl_zero(size.squares)));
}

std::string game_text(const Game& game) {
  std::string text;
  for (const int square : game.moves()) text += square_name(square);
  return text;
}

Game parse_game(std::string_view text, const BoardSize& size) {
  Game game;
  Turn turn = next_turn(start_position(), size);
  bool passed_in_text = false;
  for (std::size_t i = 0; i < text.size();) {
    const std::string_view rest = text.substr(i);
    std::size_t length = 0;
    const bool word = rest.size() >= 2 && lower(rest[0]) == 'p' && lower(rest[1]) == 'a';
    if (word) length = rest.size() >= 4 && lower(rest[2]) == 's' && lower(rest[3]) == 's' ? 4 : 2;
    else if (rest.substr(0, 2) == "--") length = 2;
    if (length > 0) {  // a pass in the text must be one that the rules demand; it was made already
      if (!turn.passed || passed_in_text) fail("move {}: a pass is written where there is none", game.length + 1);
      passed_in_text = true;
      i += length;
      continue;
    }
    if (is_separator(text[i])) {
      ++i;
      continue;
    }
    const auto name = rest.substr(0, 2);
    if (turn.over()) fail("move {} ('{}') comes after the end of the game", game.length + 1, name);
    Square square = 0;
    try {
      square = parse_square(name, size);
    } catch (const Error& error) {
      fail("move {}: {}", game.length + 1, error.what());
    }
    if ((turn.legal & bit(square)) == 0)
      fail("move {} ('{}') is not legal for {}", game.length + 1, name,
           turn.position.to_move == Color::black ? "black" : "white");
    game.add(square);
    turn = next_turn(play(turn.position, square), size);
    passed_in_text = false;
    i += 2;
  }
  return game;
}

std::string draw_board(const Position& p, const BoardSize& size, Bits marks) {
  const int first = (8 - size.side) / 2;
  std::string files = "  ";
  for (int file = first; file < first + size.side; ++file) files += fmt::format(" {}", static_cast<char>('a' + file));
  std::string text = files + "\n";
  for (int rank = first; rank < first + size.side; ++rank) {
    text += fmt::format("{} ", rank + 1);
    for (int file = first; file < first + size.side; ++file) {
      const Bits disc = bit(file + 8 * rank);
      const char* mark = (p.black() & disc) ? "X" : (p.white() & disc) ? "O" : (marks & disc) ? "*" : ".";
      text += fmt::format(" {}", mark);
    }
    text += "\n";
  }
  return text;
}

}  // namespace othello
