#include "data/game_statistics.h"

#include <algorithm>
#include <vector>

#include "data/symmetry.h"
#include "engine/lockstep.h"

namespace othello {
namespace {

template <std::size_t n>
void add_each(std::array<std::int64_t, n>& sums, const std::array<std::int64_t, n>& others) {
  for (std::size_t i = 0; i < n; ++i) sums[i] += others[i];
}

}  // namespace

std::optional<std::size_t> GameStatistics::add(std::span<const Game> added, const BoardSize& board) {
  const auto columns = static_cast<std::size_t>(board.playable_count());
  const std::size_t cells = added.size() * columns;
  std::vector<GameCheck> checks(added.size());
  std::vector<std::uint64_t> passed(added.size());
  std::vector<Bits> mover(cells), opponent(cells), legal(cells), turned(cells);
  replay_games(board, added, checks, {passed, mover, opponent, legal, turned});

  std::optional<std::size_t> first_illegal;
  for (std::size_t g = 0; g < added.size(); ++g) {
    const auto moves = added[g].moves();
    ++games;
    plies += added[g].length;
    ++lengths[added[g].length];
    if (Opening opening; moves.size() >= opening.size()) {
      std::copy_n(moves.begin(), opening.size(), opening.begin());
      ++openings[opening];
    }
    if (checks[g].legal_moves != added[g].length) {
      ++illegal;
      if (!first_illegal) first_illegal = g;
      continue;
    }
    const Bits* const legal_after = legal.data() + g * columns;  // [t]: before move t+2
    for (std::size_t t = 1; t <= moves.size(); ++t) {
      const int choices = t == 1 ? 4 : count(legal_after[t - 2]);
      Decisions& at = decisions[t];
      ++at.games;
      at.passes += t == 1 ? 0 : passed[g] >> (t - 2) & 1;
      at.legal += choices;
      at.legal_squared += choices * choices;
    }
    ++with_passes[checks[g].passes];
    if (!checks[g].over) {
      ++unfinished;
      continue;
    }
    const std::size_t last = g * columns + moves.size() - 1;
    const bool black_is_next = (moves.size() + checks[g].passes) % 2 == 0;
    const int black = count(black_is_next ? mover[last] : opponent[last]);
    const int white = count(black_is_next ? opponent[last] : mover[last]);
    const int difference = black - white;
    ++(difference > 0 ? black_wins : difference < 0 ? white_wins : draws);
    disc_difference += difference;
    disc_difference_squared += difference * difference;
    if (black == 0 || white == 0) ++wiped_out;
    else if (black + white < board.square_count()) ++stuck;
  }
  return first_illegal;
}

void GameStatistics::add(const GameStatistics& other) {
  games += other.games;
  plies += other.plies;
  illegal += other.illegal;
  add_each(lengths, other.lengths);
  for (const auto& [opening, number] : other.openings) openings[opening] += number;
  unfinished += other.unfinished;
  for (std::size_t t = 0; t < decisions.size(); ++t) {
    decisions[t].games += other.decisions[t].games;
    decisions[t].passes += other.decisions[t].passes;
    decisions[t].legal += other.decisions[t].legal;
    decisions[t].legal_squared += other.decisions[t].legal_squared;
  }
  add_each(with_passes, other.with_passes);
  black_wins += other.black_wins;
  draws += other.draws;
  white_wins += other.white_wins;
  wiped_out += other.wiped_out;
  stuck += other.stuck;
  disc_difference += other.disc_difference;
  disc_difference_squared += other.disc_difference_squared;
}

std::int64_t GameStatistics::passes() const {
  std::int64_t sum = 0;
  for (std::size_t n = 0; n < with_passes.size(); ++n) sum += static_cast<std::int64_t>(n) * with_passes[n];
  return sum;
}

Opening turned_to_f5(const Opening& opening) {
  constexpr Square f5 = 37;
  Opening turned = opening;
  for (int symmetry = 0; symmetry < kSymmetries; ++symmetry)
    if (mapped(symmetry, opening[0]) == f5)
      for (std::size_t i = 0; i < opening.size(); ++i)
        turned[i] = static_cast<std::uint8_t>(mapped(symmetry, opening[i]));
  return turned;
}

}  // namespace othello
