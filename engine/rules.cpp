#include "engine/rules.h"

#include "engine/kernels/bitboard.h"

namespace othello {

Bits flips(Bits mover, Bits opponent, Square square) {
  const Bits disc = bit(square);
  return ((mover | opponent) & disc) != 0 ? 0 : turned(mover, opponent, disc);
}

Bits straight_flips(Bits mover, Bits opponent, Square square) {
  const Bits disc = bit(square);
  if (((mover | opponent) & disc) != 0) return 0;
  return turned_towards<1>(mover, opponent, disc) | turned_towards<-1>(mover, opponent, disc) |
         turned_towards<8>(mover, opponent, disc) | turned_towards<-8>(mover, opponent, disc);
}

Bits legal_moves(Bits mover, Bits opponent, const BoardSize& size) {
  return mobility(mover, opponent).moves & ~(mover | opponent) & size.squares;
}

Turn next_turn(const Position& p, const BoardSize& size) {
  if (const Bits legal = legal_moves(p, size); legal != 0) return {p, legal, false};
  const Position passed = pass(p);
  if (const Bits legal = legal_moves(passed, size); legal != 0) return {passed, legal, true};
  return {p, 0, false};
}

}  // namespace othello
