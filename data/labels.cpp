#include "data/labels.h"

#include "common/error.h"
#include "engine/notation.h"

namespace othello {

std::vector<PlyFacts> replay(const BoardSize& board, std::span<const std::uint8_t> moves) {
  std::vector<PlyFacts> facts;
  facts.reserve(moves.size());
  Turn turn = next_turn(start_position(), board);
  for (const Square square : moves) {
    if (square > 63 || (turn.legal & bit(square)) == 0)
      fail("move {} ({}) {}", facts.size() + 1, square > 63 ? "no square" : square_name(square),
           turn.over() ? "comes after the end of the game" : "is not legal");
    const Bits turned = StandardRules::turned(turn.position, square);
    turn = next_turn(play(turn.position, square), board);
    facts.push_back({turn.position, turn.legal, turned, turn.passed});
  }
  return facts;
}

}  // namespace othello
