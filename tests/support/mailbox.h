// The oracle: Othello on a plain array, square by square and direction by direction. Slow, short, and written without
// the bitboard code that it checks; it shares only the numbering of squares (a1 = 0 … h8 = 63).
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "engine/board.h"

namespace othello::test {

class Mailbox {
 public:
  using Cell = std::optional<Color>;

  /// An empty board of 8×8 or 6×6 squares.
  explicit Mailbox(int side) : side_(side) {}
  static Mailbox start(int side);
  /// A board with the discs of a position.
  static Mailbox from(const Position& position, int side);

  Cell at(Square square) const { return cells_[static_cast<std::size_t>(square)]; }
  void put(Square square, Cell cell) { cells_[static_cast<std::size_t>(square)] = cell; }
  bool exists(int file, int rank) const;
  /// All squares of the board, ascending.
  std::vector<Square> squares() const;

  /// Discs that `color` would turn by a move on `square`, ascending; none if it is occupied.
  std::vector<Square> turned(Color color, Square square) const;
  /// Squares on which `color` may move, ascending.
  std::vector<Square> legal(Color color) const;
  void play(Color color, Square square);

 private:
  int side_;
  std::array<Cell, 64> cells_{};
};

/// A game in progress: after each move, passes are made and the end is noticed.
struct MailboxGame {
  explicit MailboxGame(int side) : board(Mailbox::start(side)) {}
  MailboxGame(const Mailbox& mailbox, Color mover) : board(mailbox), to_move(mover) {}

  void play(Square square);
  std::vector<Square> legal() const { return board.legal(to_move); }

  Mailbox board;
  Color to_move = Color::black;
  bool passed = false;  // a pass followed the last move
  bool over = false;
};

/// The set of squares as bits.
Bits as_bits(const std::vector<Square>& squares);

}  // namespace othello::test
