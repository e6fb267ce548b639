// Bitboards: squares, the 8×8 board and the 6×6 board inside it.
#pragma once

#include <bit>
#include <cstdint>
#include <string>

namespace othello {

/// a1 = 0 … h1 = 7, a2 = 8 … h8 = 63 (file + 8·rank).
using Square = int;

/// A set of squares; bit 0 = a1.
using Bits = std::uint64_t;

constexpr Bits bit(Square square) { return Bits{1} << square; }
constexpr int count(Bits bits) { return std::popcount(bits); }
constexpr Square lowest(Bits bits) { return std::countr_zero(bits); }

/// The squares of a set in increasing order.
template <class Visit>
constexpr void for_each_square(Bits bits, const Visit& visit) {
  for (; bits != 0; bits &= bits - 1) visit(lowest(bits));
}

enum class Color : std::uint8_t { black, white };
constexpr Color other(Color color) { return color == Color::black ? Color::white : Color::black; }

/// d4, e4, d5 and e5: the four discs of the start, on every board size.
constexpr Bits kCentre = bit(27) | bit(28) | bit(35) | bit(36);

/// A board size. 6×6 lives in the inner 36 squares (b2 … g7) of the same bitboards, so that one code serves both.
struct BoardSize {
  int side;      // squares along an edge
  Bits squares;  // the squares that exist

  int square_count() const { return side * side; }
  /// Squares that can be played: all but the centre, which the start occupies.
  int playable_count() const { return side * side - 4; }
  friend bool operator==(const BoardSize&, const BoardSize&) = default;
};

inline constexpr BoardSize kBoard8{8, ~Bits{0}};
inline constexpr BoardSize kBoard6{6, 0x007E7E7E7E7E7E00};

/// 6 or 8; anything else throws Error.
BoardSize board_size(int side);

/// A position seen from the side to move.
struct Position {
  Bits mover = 0;
  Bits opponent = 0;
  Color to_move = Color::black;

  Bits occupied() const { return mover | opponent; }
  Bits black() const { return to_move == Color::black ? mover : opponent; }
  Bits white() const { return to_move == Color::black ? opponent : mover; }
  friend bool operator==(const Position&, const Position&) = default;
};

/// Black to move; d4 and e5 white, e4 and d5 black.
constexpr Position start_position() { return {bit(28) | bit(35), bit(27) | bit(36), Color::black}; }

/// The position with the other side to move.
constexpr Position pass(const Position& p) { return {p.opponent, p.mover, other(p.to_move)}; }

}  // namespace othello
