#include "interventions/aim.h"

#include "common/random.h"

namespace othello {
namespace {

Position with_side_to_move(const Position& p, Color side) { return p.to_move == side ? p : pass(p); }

/// A square outside of `taken` whose state before is that of `square`, else any disc; none if there is no other disc.
std::optional<Square> another(const Case& c, Square square, Bits taken, std::uint32_t draw) {
  const Bits alike = (c.before.mover & bit(square)) ? c.before.mover : c.before.opponent;
  for (const Bits from : {alike & ~taken, c.before.occupied() & ~taken}) {
    if (from == 0) continue;
    Bits left = from;
    for (auto skip = bounded(draw, static_cast<std::uint32_t>(count(from))); skip > 0; --skip) left &= left - 1;
    return lowest(left);
  }
  return std::nullopt;
}

/// The board that an edit aims at, from the side that moves after the case.
Position goal(const Case& c, std::size_t member, Aim aim, const Stream& stream) {
  if (aim == Aim::changes) return c.after;
  Position board = c.before;
  if (aim == Aim::nothing) return board;
  Bits taken = c.changed();
  std::uint32_t number = 0;
  for_each_square(c.changed(), [&](Square square) {
    const auto other = another(c, square, taken, stream.draw(member, number++));
    if (!other) return;
    const Bits disc = bit(*other);
    taken |= disc;
    const bool mine = (board.mover & disc) != 0, goes = (c.after.occupied() & bit(square)) == 0;
    board.mover &= ~disc, board.opponent &= ~disc;
    if (!goes) (mine ? board.opponent : board.mover) |= disc;
  });
  return board;
}

}  // namespace

std::vector<StateChange> state_changes(const CaseBatch& batch, Aim aim, std::uint64_t seed) {
  const auto stream = Stream(seed).child("wrong squares");
  std::vector<StateChange> all;
  for (std::int64_t row = 0; row < batch.rows(); ++row) {
    const auto i = static_cast<std::size_t>(row);
    const Case& c = *batch.cases[i];
    const auto board = goal(c, batch.members[i], aim, stream);
    const Bits squares =
        aim == Aim::nothing ? c.changed() : (board.mover ^ c.before.mover) | (board.opponent ^ c.before.opponent);
    for (std::int64_t pos = 0; pos < batch.positions(); ++pos) {
      const auto ply = static_cast<int>(c.ply() - batch.positions() + pos + 1);
      const auto& then = c.facts[static_cast<std::size_t>(ply - 1)].after;
      const auto wanted = with_side_to_move(board, then.to_move);
      const bool last = ply == c.ply();
      for_each_square(squares, [&](Square square) {
        const auto from = state(then, square), to = state(wanted, square);
        if (aim != Aim::nothing && from == to) return;
        if (!last && from == SquareState::empty) return;
        all.push_back(
            {row, pos, ply % 2, square, static_cast<int>(from), static_cast<int>(aim == Aim::nothing ? from : to)});
      });
    }
  }
  return all;
}

}  // namespace othello
