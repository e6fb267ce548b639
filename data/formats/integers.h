// Games as rows of integers: our tokens and the two published numberings, in .npy arrays and in lines of text.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "data/formats/record.h"
#include "data/vocabulary.h"

namespace othello {

/// What the integers of a row stand for, and what stands behind the end of a game.
enum class Numbering {
  tokens,             // ours: 1..60 (1..32 on 6×6), then 0
  published_squares,  // Li et al.: 0..63 with the letter as row, then −100
  published_tokens,   // Nanda: 1..60 in the order of those, then 0
};

/// Every integer as a square.
class IntegerCode {
 public:
  /// Throws Error for published numberings of a board other than 8×8: there are none.
  IntegerCode(Numbering numbering, const Vocabulary& vocabulary);

  bool is_padding(std::int64_t value) const { return value == padding_; }
  std::int64_t padding() const { return padding_; }
  /// −1 if the value is none.
  Square square(std::int64_t value) const {
    return value < 0 || value > 63 ? -1 : squares_[static_cast<std::size_t>(value)];
  }
  /// Of a square that can be played.
  int value(Square square) const { return values_[static_cast<std::size_t>(square)]; }

 private:
  int padding_ = 0;
  std::array<std::int8_t, 64> squares_{};
  std::array<std::int8_t, 64> values_{};
};

/// Each row of a two-dimensional C-ordered array of any integer type, with at most as many columns as a game has moves.
/// A record's place is its byte. Throws Error naming `source` for any other array.
void parse_npy_games(std::string_view bytes, std::string_view source, const IntegerCode& code, int max_moves,
                     const RecordSink& sink);

/// Each line, or each innermost pair of brackets, which may span lines; blanks and commas stand between the integers. A
/// record's place is its line.
void parse_integer_lines(std::string_view bytes, const IntegerCode& code, const RecordSink& sink);

}  // namespace othello
