#include "tests/support/mailbox.h"

#include <algorithm>

namespace othello::test {
namespace {

constexpr std::array<std::array<int, 2>, 8> kDirections{
    {{1, 0}, {-1, 0}, {0, 1}, {0, -1}, {1, 1}, {1, -1}, {-1, 1}, {-1, -1}}};

Square square_at(int file, int rank) { return file + 8 * rank; }
Color opposite(Color color) { return color == Color::white ? Color::black : Color::white; }

}  // namespace

Mailbox Mailbox::start(int side) {
  Mailbox board(side);
  board.put(square_at(3, 3), Color::white);  // d4
  board.put(square_at(4, 4), Color::white);  // e5
  board.put(square_at(4, 3), Color::black);  // e4
  board.put(square_at(3, 4), Color::black);  // d5
  return board;
}

Mailbox Mailbox::from(const Position& position, int side) {
  Mailbox board(side);
  for (const Square square : board.squares()) {
    const Bits disc = Bits{1} << square;
    if ((position.mover & disc) != 0) board.put(square, position.to_move);
    if ((position.opponent & disc) != 0) board.put(square, opposite(position.to_move));
  }
  return board;
}

bool Mailbox::exists(int file, int rank) const {
  const int first = (8 - side_) / 2;
  return file >= first && file < first + side_ && rank >= first && rank < first + side_;
}

std::vector<Square> Mailbox::squares() const {
  std::vector<Square> list;
  for (int rank = 0; rank < 8; ++rank)
    for (int file = 0; file < 8; ++file)
      if (exists(file, rank)) list.push_back(square_at(file, rank));
  return list;
}

std::vector<Square> Mailbox::turned(Color color, Square square) const {
  std::vector<Square> all;
  if (at(square)) return all;
  for (const auto& [files, ranks] : kDirections) {
    std::vector<Square> run;
    int file = square % 8 + files;
    int rank = square / 8 + ranks;
    while (exists(file, rank) && at(square_at(file, rank)) == opposite(color)) {
      run.push_back(square_at(file, rank));
      file += files;
      rank += ranks;
    }
    if (exists(file, rank) && at(square_at(file, rank)) == color) all.insert(all.end(), run.begin(), run.end());
  }
  std::sort(all.begin(), all.end());
  return all;
}

std::vector<Square> Mailbox::legal(Color color) const {
  std::vector<Square> list;
  for (const Square square : squares())
    if (!turned(color, square).empty()) list.push_back(square);
  return list;
}

void Mailbox::play(Color color, Square square) {
  for (const Square disc : turned(color, square)) put(disc, color);
  put(square, color);
}

void MailboxGame::play(Square square) {
  board.play(to_move, square);
  to_move = opposite(to_move);
  passed = false;
  if (!legal().empty()) return;
  if (board.legal(opposite(to_move)).empty()) {
    over = true;
    return;
  }
  to_move = opposite(to_move);
  passed = true;
}

Bits as_bits(const std::vector<Square>& squares) {
  Bits bits = 0;
  for (const Square square : squares) bits |= Bits{1} << square;
  return bits;
}

}  // namespace othello::test
