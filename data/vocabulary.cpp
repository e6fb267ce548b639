#include "data/vocabulary.h"

namespace othello {

Vocabulary::Vocabulary(const BoardSize& board) : board_(board) {
  Token next = 1;
  for_each_square(board.squares & ~kCentre, [&](Square square) {
    tokens_[static_cast<std::size_t>(square)] = next;
    squares_[next++] = static_cast<std::int8_t>(square);
  });
}

std::uint64_t Vocabulary::token_bits(Bits squares) const {
  std::uint64_t bits = 0;
  for_each_square(squares & board_.squares & ~kCentre, [&](Square s) { bits |= std::uint64_t{1} << (token(s) - 1); });
  return bits;
}

}  // namespace othello
