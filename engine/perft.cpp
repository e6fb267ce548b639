#include "engine/perft.h"

#include <cctype>

#include "common/error.h"
#include "engine/rules.h"

namespace othello {

PerftConvention parse_perft_convention(char letter) {
  switch (std::toupper(static_cast<unsigned char>(letter))) {
    case 'A': return PerftConvention::A;
    case 'E': return PerftConvention::E;
    case 'T': return PerftConvention::T;
    case 'F': return PerftConvention::F;
  }
  throw UsageError(fmt::format("'{}' is not a perft convention; choose A, E, T or F", letter));
}

std::uint64_t perft(const Position& p, const BoardSize& size, int depth, PerftConvention convention) {
  if (depth == 0) return 1;
  const Bits legal = legal_moves(p, size);
  if (legal == 0) {
    const Position passed = pass(p);
    if (legal_moves(passed, size) == 0)
      return convention == PerftConvention::A || convention == PerftConvention::F ? 1 : 0;
    const bool pass_is_ply = convention == PerftConvention::A || convention == PerftConvention::E;
    return perft(passed, size, pass_is_ply ? depth - 1 : depth, convention);
  }
  if (depth == 1) return static_cast<std::uint64_t>(count(legal));
  std::uint64_t leaves = 0;
  for_each_square(legal, [&](Square square) { leaves += perft(play(p, square), size, depth - 1, convention); });
  return leaves;
}

}  // namespace othello
