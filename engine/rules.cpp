#include "engine/rules.h"

namespace othello {
namespace {

constexpr Bits kFileA = 0x0101010101010101;
constexpr Bits kFileH = 0x8080808080808080;
constexpr Bits kInnerFiles = ~(kFileA | kFileH);

/// One step east, north, …: positive shifts go towards h8.
template <int shift>
constexpr Bits step(Bits b) {
  if constexpr (shift > 0) return b << shift;
  else return b >> -shift;
}

/// Runs of `through` that start next to `from`. A horizontal or diagonal run may only pass inner files, for a disc
/// on the a- or h-file can end a run but cannot be inside one; that also keeps it from wrapping around the edge.
template <int shift>
constexpr Bits fill(Bits from, Bits through) {
  Bits run = step<shift>(from) & through;
  run |= step<shift>(run) & through;
  const Bits pairs = through & step<shift>(through);
  run |= step<2 * shift>(run) & pairs;
  run |= step<2 * shift>(run) & pairs;
  return run;
}

template <int shift>
constexpr Bits inside(Bits opponent) {
  return (shift == 8 || shift == -8) ? opponent : opponent & kInnerFiles;
}

template <int shift>
constexpr Bits moves_towards(Bits mover, Bits opponent) {
  return step<shift>(fill<shift>(mover, inside<shift>(opponent)));
}

template <int shift>
constexpr Bits turned_towards(Bits mover, Bits opponent, Bits disc) {
  const Bits run = fill<shift>(disc, inside<shift>(opponent));
  return (step<shift>(run) & mover) != 0 ? run : 0;
}

}  // namespace

Bits flips(Bits mover, Bits opponent, Square square) {
  const Bits disc = bit(square);
  if (((mover | opponent) & disc) != 0) return 0;
  return turned_towards<1>(mover, opponent, disc) | turned_towards<-1>(mover, opponent, disc) |
         turned_towards<8>(mover, opponent, disc) | turned_towards<-8>(mover, opponent, disc) |
         turned_towards<9>(mover, opponent, disc) | turned_towards<-9>(mover, opponent, disc) |
         turned_towards<7>(mover, opponent, disc) | turned_towards<-7>(mover, opponent, disc);
}

Bits legal_moves(Bits mover, Bits opponent, const BoardSize& size) {
  const Bits reached = moves_towards<1>(mover, opponent) | moves_towards<-1>(mover, opponent) |
                       moves_towards<8>(mover, opponent) | moves_towards<-8>(mover, opponent) |
                       moves_towards<9>(mover, opponent) | moves_towards<-9>(mover, opponent) |
                       moves_towards<7>(mover, opponent) | moves_towards<-7>(mover, opponent);
  return reached & ~(mover | opponent) & size.squares;
}

Turn next_turn(const Position& p, const BoardSize& size) {
  if (const Bits legal = legal_moves(p, size); legal != 0) return {p, legal, false};
  const Position passed = pass(p);
  if (const Bits legal = legal_moves(passed, size); legal != 0) return {passed, legal, true};
  return {p, 0, false};
}

}  // namespace othello
