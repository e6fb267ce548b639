// Tokens: a shifted or transposed vocabulary stays legal and silent everywhere, so it is pinned here.
#include "data/vocabulary.h"

#include "engine/notation.h"
#include "tests/support/test.h"

using namespace othello;

TEST_CASE("The 8x8 vocabulary has 60 moves in the order of the published one") {
  const Vocabulary vocabulary(kBoard8);
  CHECK(vocabulary.size() == 61);
  CHECK(vocabulary.max_moves() == 60);
  CHECK(vocabulary.context() == 59);
  // Squares 0–26, 29–34 and 37–63 are tokens 1–27, 28–33 and 34–60.
  for (int square = 0; square < 64; ++square) {
    const bool centre = square == 27 || square == 28 || square == 35 || square == 36;
    const int token = centre ? 0 : square < 27 ? square + 1 : square < 35 ? square - 1 : square - 3;
    CHECK(vocabulary.token(square) == token);
    if (!centre) CHECK(vocabulary.square(static_cast<Token>(token)) == square);
  }
}

TEST_CASE("Square f5 is 37 and token 34 and not its transpose") {
  const Vocabulary vocabulary(kBoard8);
  CHECK(parse_square("f5", kBoard8) == 37);
  CHECK(vocabulary.token(parse_square("f5", kBoard8)) == 34);
  CHECK(vocabulary.token(parse_square("e6", kBoard8)) == 41);
}

TEST_CASE("The 6x6 vocabulary has 32 moves in increasing order of squares") {
  const Vocabulary vocabulary(kBoard6);
  CHECK(vocabulary.size() == 33);
  CHECK(vocabulary.max_moves() == 32);
  CHECK(vocabulary.context() == 31);
  CHECK(vocabulary.token(parse_square("b2", kBoard6)) == 1);
  CHECK(vocabulary.token(parse_square("g7", kBoard6)) == 32);
  CHECK(vocabulary.token(parse_square("d4", kBoard6)) == kPadding);
  CHECK(vocabulary.token(0) == kPadding);
  for (int token = 2; token < vocabulary.size(); ++token)
    CHECK(vocabulary.square(static_cast<Token>(token)) > vocabulary.square(static_cast<Token>(token - 1)));
}

TEST_CASE("A set of squares becomes the set of their tokens") {
  const Vocabulary vocabulary(kBoard8);
  CHECK(vocabulary.token_bits(0) == 0);
  CHECK(vocabulary.token_bits(bit(0) | bit(37) | bit(63)) == (Bits{1} | Bits{1} << 33 | Bits{1} << 59));
  CHECK(vocabulary.token_bits(~Bits{0}) == (Bits{1} << 60) - 1);  // the centre has no token
  CHECK(Vocabulary(kBoard6).token_bits(~Bits{0}) == (Bits{1} << 32) - 1);
}
