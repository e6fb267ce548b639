// Boards that no game reaches.
#pragma once

#include "common/random.h"
#include "engine/board.h"

namespace othello::test {

/// A random filling: of 256 squares, `discs` are occupied, by either colour alike.
inline Position random_position(const BoardSize& size, std::uint64_t index, std::uint32_t discs) {
  const Stream stream = Stream(11).child("positions");
  Position p;
  std::uint32_t k = 0;
  for_each_square(size.squares, [&](Square square) {
    const std::uint32_t draw = stream.draw(index, k++);
    if (draw % 256 >= discs) return;
    (draw >> 31 ? p.mover : p.opponent) |= bit(square);
  });
  return p;
}

}  // namespace othello::test
