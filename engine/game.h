// A game: its moves in order. Passes are implicit.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "engine/board.h"

namespace othello {

/// At most 60 moves (32 on 6×6).
struct Game {
  std::array<std::uint8_t, 60> squares{};
  std::uint8_t length = 0;

  std::span<const std::uint8_t> moves() const& { return {squares.data(), length}; }
  std::span<const std::uint8_t> moves() && = delete;  // would point into a game that is gone
  void add(Square square) { squares[length++] = static_cast<std::uint8_t>(square); }
  friend bool operator==(const Game& a, const Game& b) {
    return std::equal(a.moves().begin(), a.moves().end(), b.moves().begin(), b.moves().end());
  }
};

}  // namespace othello
