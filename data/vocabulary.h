// Tokens: 0 is padding; 1, 2, … are the squares in increasing order without the four of the centre.
#pragma once

#include <array>
#include <cstdint>

#include "engine/board.h"

namespace othello {

using Token = std::uint8_t;
inline constexpr Token kPadding = 0;

class Vocabulary {
 public:
  explicit Vocabulary(const BoardSize& board);

  const BoardSize& board() const { return board_; }
  /// Number of tokens with padding: 61 on 8×8, 33 on 6×6.
  int size() const { return board_.playable_count() + 1; }
  /// The longest game: 60 or 32 moves.
  int max_moves() const { return board_.playable_count(); }
  /// What a model sees of it: all moves but the last, for it predicts the next one. 59 or 31.
  int context() const { return max_moves() - 1; }

  Token token(Square square) const { return tokens_[static_cast<std::size_t>(square)]; }  // 0 for the centre
  Square square(Token token) const { return squares_[token]; }                            // token ≥ 1
  /// A set of squares as a set of tokens: bit k−1 stands for token k.
  std::uint64_t token_bits(Bits squares) const;

 private:
  BoardSize board_;
  std::array<Token, 64> tokens_{};
  std::array<std::int8_t, 61> squares_{};
};

}  // namespace othello
