#include "engine/player.h"

#include "engine/rules.h"

namespace othello {

Square nth_square(Bits bits, int k) {
  for (; k > 0; --k) bits &= bits - 1;
  return lowest(bits);
}

Game random_game(const BoardSize& size, const Stream& stream, std::uint64_t index) {
  Game game;
  std::array<std::uint32_t, 4> draws{};
  for (Turn turn = next_turn(start_position(), size); !turn.over();) {
    const std::uint32_t ply = game.length;
    if (ply % 4 == 0) draws = stream.block(index, ply / 4);
    const auto n = static_cast<std::uint32_t>(count(turn.legal));
    const Square square = nth_square(turn.legal, static_cast<int>(bounded(draws[ply % 4], n)));
    game.add(square);
    turn = next_turn(play(turn.position, square), size);
  }
  return game;
}

}  // namespace othello
