// Rules as a policy: what a move does to the board.
#pragma once

#include "engine/board.h"

namespace othello {

/// Discs of the opponent that a move of `mover` on `square` turns: in each of the 8 directions, the run of
/// `opponent` between `square` and the nearest disc of `mover`. 0 for an occupied square or if nothing is enclosed.
Bits flips(Bits mover, Bits opponent, Square square);

/// Squares of `size` where `mover` turns at least one disc (Kogge–Stone fill in 8 directions).
Bits legal_moves(Bits mover, Bits opponent, const BoardSize& size);

inline Bits legal_moves(const Position& p, const BoardSize& size) { return legal_moves(p.mover, p.opponent, size); }

/// Othello.
struct StandardRules {
  static Bits turned(const Position& p, Square square) { return flips(p.mover, p.opponent, square); }
};

/// A control: the same moves, but discs are never turned, so every disc keeps the colour that placed it.
struct NeverFlipRules {
  static Bits turned(const Position&, Square) { return 0; }
};

/// Discs of the opponent that a move of `mover` on `square` turns along its rank and file; 0 for an occupied square.
Bits straight_flips(Bits mover, Bits opponent, Square square);

/// A control: the same moves, but discs are turned along ranks and files only. A move may turn nothing.
struct NoDiagonalRules {
  static Bits turned(const Position& p, Square square) { return straight_flips(p.mover, p.opponent, square); }
};

/// The position after the side to move plays `square`; the other side is to move. Legality is not checked.
template <class Rules = StandardRules>
Position play(const Position& p, Square square) {
  const Bits turned = Rules::turned(p, square);
  return {p.opponent & ~turned, p.mover | turned | bit(square), other(p.to_move)};
}

/// After a move: the side to move passes if it has no move and the other side has one. `over` if neither has.
struct Turn {
  Position position;
  Bits legal = 0;
  bool passed = false;
  bool over() const { return legal == 0; }
};

/// Resolves a pass (which has no token and is implicit in move sequences).
Turn next_turn(const Position& p, const BoardSize& size);

}  // namespace othello
