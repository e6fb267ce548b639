// If these fail, a model is asked to treat different states alike, or equal ones differently.
#include "data/state_pairs.h"

#include <algorithm>
#include <set>

#include "data/batch.h"
#include "data/labels.h"
#include "tests/support/test.h"

namespace othello::test {
namespace {

const Stream kStream = Stream(1).child("test");

std::vector<Game> games_of(const BoardSize& board, std::int64_t count) {
  return take_games(GameSource(board, 3, Purpose::evaluation), 0, count);
}

PlyFacts state_of(const BoardSize& board, const Game& game, int ply) {
  return replay(board, game.moves().first(static_cast<std::size_t>(ply))).back();
}

}  // namespace

TEST_CASE("pairs of the same state are two ways to one board with the same side to move, each state once") {
  for (const BoardSize& board : {kBoard8, kBoard6}) {
    const auto games = games_of(board, 2000);
    const auto pairs = same_state_pairs(board, games, 100, kStream);
    REQUIRE(pairs.size() == 100);
    std::set<std::pair<Bits, Bits>> states;
    for (const auto& [a, b, ply] : pairs) {
      const auto after_a = state_of(board, games[a], ply), after_b = state_of(board, games[b], ply);
      CHECK(after_a.after.mover == after_b.after.mover);
      CHECK(after_a.after.opponent == after_b.after.opponent);
      CHECK_FALSE(after_a.over());
      CHECK_FALSE(std::equal(games[a].moves().begin(), games[a].moves().begin() + ply, games[b].moves().begin()));
      states.insert({after_a.after.mover, after_a.after.opponent});
    }
    CHECK(states.size() == 100);
  }
}

TEST_CASE("pairs of other states are equally long and differ on the board") {
  const auto games = games_of(kBoard6, 300);
  const auto pairs = other_state_pairs(kBoard6, games, 200, kStream);
  REQUIRE(pairs.size() == 200);
  int shortest = 60, longest = 0;
  for (const auto& [a, b, ply] : pairs) {
    const auto after_a = state_of(kBoard6, games[a], ply), after_b = state_of(kBoard6, games[b], ply);
    CHECK(std::pair(after_a.after.mover, after_a.after.opponent) !=
          std::pair(after_b.after.mover, after_b.after.opponent));
    CHECK_FALSE(after_a.over());
    CHECK_FALSE(after_b.over());
    shortest = std::min(shortest, ply), longest = std::max(longest, ply);
  }
  CHECK(shortest == kFewestMoves);
  CHECK(longest == 31);
}

TEST_CASE("games that never meet, or are one and the same, make no pairs of the same state") {
  const auto games = games_of(kBoard8, 1);
  const std::vector<Game> copies(20, games.front());
  CHECK(same_state_pairs(kBoard8, copies, 10, kStream).empty());
  CHECK(other_state_pairs(kBoard8, copies, 10, kStream).empty());
  CHECK(same_state_pairs(kBoard8, {}, 10, kStream).empty());
  CHECK(other_state_pairs(kBoard8, {}, 10, kStream).empty());
}

}  // namespace othello::test
