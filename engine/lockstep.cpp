#include "engine/lockstep.h"

#include "engine/player.h"
#include "engine/rules.h"

namespace othello {

void random_games(const BoardSize& size, const Stream& stream, std::uint64_t first, std::span<Game> games) {
  for (std::size_t i = 0; i < games.size(); ++i) games[i] = random_game(size, stream, first + i);
}

void verify_games(const BoardSize& size, std::span<const Game> games, std::span<Verdict> verdicts) {
  for (std::size_t i = 0; i < games.size(); ++i) {
    Verdict verdict;
    Turn turn = next_turn(start_position(), size);
    for (const Square square : games[i].moves()) {
      if (square > 63 || (turn.legal & bit(square)) == 0) break;
      turn = next_turn(play(turn.position, square), size);
      ++verdict.legal_moves;
      verdict.passes += turn.passed ? 1 : 0;
    }
    verdict.over = turn.over();
    verdicts[i] = verdict;
  }
}

}  // namespace othello
