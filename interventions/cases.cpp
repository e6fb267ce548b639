#include "interventions/cases.h"

#include "common/error.h"
#include "engine/notation.h"

namespace othello {

std::optional<Case> flip_case(const BoardSize& board, const Game& history, Square square) {
  const auto facts = replay(board, history.moves());
  if (facts.empty() || facts.back().over()) fail("a case needs a position at which the game goes on");
  Case c{.history = history,
         .square = square,
         .before = facts.back().after,
         .after = {},
         .legal_before = facts.back().legal,
         .legal_after = 0};
  if ((c.before.occupied() & bit(square)) == 0) fail("there is no disc on {} to turn", square_name(square));
  c.after = {c.before.mover ^ bit(square), c.before.opponent ^ bit(square), c.before.to_move};
  c.legal_after = legal_moves(c.after, board);
  if (c.legal_after == 0 || c.legal_after == c.legal_before) return {};
  return c;
}

CaseSet natural_cases(const GameSource& source, const Vocabulary& vocabulary, std::uint64_t seed, std::int64_t count) {
  const auto draws = Stream(seed).child("case choices");
  const int first_ply = 4, last_ply = vocabulary.context() * 5 / 6;
  CaseSet set;
  for (std::uint64_t i = 0; static_cast<std::int64_t>(set.cases.size()) < count; ++i) {
    if (i >= 100 * static_cast<std::uint64_t>(count))
      fail("{} games of player {} give only {} cases: they end too early", i, source.player().name(), set.cases.size());
    Game game = source.game(i);
    const int ply =
        first_ply + static_cast<int>(draws.below(static_cast<std::uint32_t>(last_ply - first_ply + 1), i, 0));
    if (game.length <= ply) continue;  // the game is over by then
    game.length = static_cast<std::uint8_t>(ply);
    const Bits discs = replay(vocabulary.board(), game.moves()).back().after.occupied();
    const auto chosen = draws.below(static_cast<std::uint32_t>(othello::count(discs)), i, 1);
    if (auto made = flip_case(vocabulary.board(), game, nth_square(discs, static_cast<int>(chosen))))
      set.cases.push_back(*made);
    else ++set.rejected;
  }
  return set;
}

}  // namespace othello
