#include "data/game_statistics.h"

#include <algorithm>

#include "engine/rules.h"

namespace othello {
namespace {

template <std::size_t n>
void add_each(std::array<std::int64_t, n>& sums, const std::array<std::int64_t, n>& others) {
  for (std::size_t i = 0; i < n; ++i) sums[i] += others[i];
}

}  // namespace

bool GameStatistics::add(const Game& game, const BoardSize& board) {
  const auto moves = game.moves();
  ++games;
  plies += game.length;
  ++lengths[game.length];
  if (Opening opening; moves.size() >= opening.size()) {
    std::copy_n(moves.begin(), opening.size(), opening.begin());
    ++openings[opening];
  }

  std::array<std::int8_t, 61> legal{};
  std::array<bool, 61> passed{};
  Turn turn = next_turn(start_position(), board);
  for (std::size_t t = 1; t <= moves.size(); ++t) {
    const Square square = moves[t - 1];
    if (square > 63 || (turn.legal & bit(square)) == 0) {
      ++illegal;
      return false;
    }
    legal[t] = static_cast<std::int8_t>(count(turn.legal));
    passed[t] = turn.passed;
    turn = next_turn(play(turn.position, square), board);
  }

  for (std::size_t t = 1; t <= moves.size(); ++t) {
    Decisions& at = decisions[t];
    ++at.games;
    at.passes += passed[t];
    at.legal += legal[t];
    at.legal_squared += legal[t] * legal[t];
  }
  const auto made = std::count(passed.begin(), passed.end(), true) + (turn.passed ? 1 : 0);
  ++with_passes[static_cast<std::size_t>(std::min<std::ptrdiff_t>(made, 60))];
  if (!turn.over()) {
    ++unfinished;
    return true;
  }
  const int black = count(turn.position.black()), white = count(turn.position.white());
  const int difference = black - white;
  ++(difference > 0 ? black_wins : difference < 0 ? white_wins : draws);
  disc_difference += difference;
  disc_difference_squared += difference * difference;
  if (black == 0 || white == 0) ++wiped_out;
  else if (black + white < board.square_count()) ++stuck;
  return true;
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
  constexpr Square f5 = 37, c4 = 26, e6 = 44, d3 = 19;
  const auto turn = [&](Square s) -> Square {
    const int file = s % 8, rank = s / 8;
    switch (opening[0]) {
      case c4: return 63 - s;                     // half a turn
      case e6: return rank + 8 * file;            // across the diagonal a1–h8
      case d3: return 7 - rank + 8 * (7 - file);  // across the diagonal a8–h1
      case f5:
      default: return s;
    }
  };
  Opening turned;
  std::transform(opening.begin(), opening.end(), turned.begin(),
                 [&](auto s) { return static_cast<std::uint8_t>(turn(s)); });
  return turned;
}

}  // namespace othello
