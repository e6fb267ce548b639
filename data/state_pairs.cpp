#include "data/state_pairs.h"

#include <algorithm>
#include <tuple>

#include "data/labels.h"

namespace othello {
namespace {

constexpr std::uint32_t kTries = 100;

/// Where a game is after `ply` moves.
struct Visit {
  Bits mover = 0, opponent = 0;
  std::uint32_t game = 0;
  int ply = 0;

  bool same_state(const Visit& v) const { return mover == v.mover && opponent == v.opponent; }
};

/// The positions of all games in which a move is to come.
std::vector<Visit> visits(const BoardSize& board, std::span<const Game> games) {
  const GameFacts facts(board, games);
  std::vector<Visit> found;
  for (std::size_t game = 0; game < games.size(); ++game)
    for (int ply = 1; ply <= facts.length(game); ++ply) {
      const PlyFacts fact = facts.at(game, ply);
      if (!fact.over()) found.push_back({fact.after.mover, fact.after.opponent, static_cast<std::uint32_t>(game), ply});
    }
  return found;
}

}  // namespace

std::vector<StatePair> same_state_pairs(const BoardSize& board, std::span<const Game> games, std::int64_t count,
                                        const Stream& stream) {
  auto all = visits(board, games);
  // A state fixes the number of its discs, so its visits have the same ply.
  const auto moves = [&](const Visit& v) { return games[v.game].moves().first(static_cast<std::size_t>(v.ply)); };
  const auto before = [&](const Visit& a, const Visit& b) {
    if (!a.same_state(b)) return std::tie(a.mover, a.opponent) < std::tie(b.mover, b.opponent);
    return std::ranges::lexicographical_compare(moves(a), moves(b));
  };
  std::sort(all.begin(), all.end(), before);
  const auto same_moves = [&](const Visit& a, const Visit& b) {
    return a.same_state(b) && std::ranges::equal(moves(a), moves(b));
  };
  all.erase(std::unique(all.begin(), all.end(), same_moves), all.end());

  std::vector<std::pair<std::size_t, std::size_t>> shared;  // ranges of visits to one state
  for (std::size_t first = 0, last = 0; first < all.size(); first = last) {
    for (last = first; last < all.size() && all[last].same_state(all[first]);) ++last;
    if (last - first > 1) shared.emplace_back(first, last);
  }
  stream.shuffle(0, std::span(shared));
  std::vector<StatePair> pairs;
  for (const auto& [first, last] : shared) {
    if (static_cast<std::int64_t>(pairs.size()) == count) break;
    const auto item = pairs.size() + 1;
    const auto n = static_cast<std::uint32_t>(last - first);
    const auto a = stream.below(n, item, 0), b = (a + 1 + stream.below(n - 1, item, 1)) % n;
    pairs.push_back({all[first + a].game, all[first + b].game, all[first].ply});
  }
  return pairs;
}

std::vector<StatePair> other_state_pairs(const BoardSize& board, std::span<const Game> games, std::int64_t count,
                                         const Stream& stream) {
  const auto plies = static_cast<std::uint32_t>(board.playable_count() - kFewestMoves);
  std::vector<std::vector<Visit>> by_ply(plies);
  for (const Visit& visit : visits(board, games))
    if (visit.ply >= kFewestMoves) by_ply[static_cast<std::size_t>(visit.ply - kFewestMoves)].push_back(visit);
  std::vector<StatePair> pairs;
  for (std::uint64_t item = 0; item < static_cast<std::uint64_t>(count); ++item)
    for (std::uint32_t attempt = 0; attempt < kTries; ++attempt) {
      const auto& there = by_ply[stream.below(plies, item, 3 * attempt)];
      const auto n = static_cast<std::uint32_t>(there.size());
      if (n < 2) continue;
      const Visit& a = there[stream.below(n, item, 3 * attempt + 1)];
      const Visit& b = there[stream.below(n, item, 3 * attempt + 2)];
      if (a.same_state(b)) continue;
      pairs.push_back({a.game, b.game, a.ply});
      break;
    }
  return pairs;
}

}  // namespace othello
