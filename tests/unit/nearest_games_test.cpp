// If these fail, a model is said to have seen in training what it has not, or the other way round.
#include "data/nearest_games.h"

#include <algorithm>
#include <set>

#include "data/labels.h"
#include "data/players.h"
#include "data/symmetry.h"
#include "tests/support/test.h"

namespace othello::test {
namespace {

using Board = std::pair<Bits, Bits>;

std::vector<Game> games_of(const GameRun& run) {
  std::vector<Game> games;
  for (std::uint64_t i = 0; i < run.count; ++i) games.push_back(run.source.game(run.first + i));
  return games;
}

int common(const Game& a, const Game& b) {
  const auto end = std::mismatch(a.moves().begin(), a.moves().end(), b.moves().begin(), b.moves().end()).first;
  return static_cast<int>(end - a.moves().begin());
}

std::vector<Board> boards_of(const BoardSize& board, const Game& game) {
  std::vector<Board> boards;
  for (const PlyFacts& fact : replay(board, game.moves())) boards.emplace_back(fact.after.mover, fact.after.opponent);
  return boards;
}

/// Every held-out game beside every game of training and each of its images.
std::vector<SeenGame> naive(const BoardSize& board, const std::vector<Game>& held_out,
                            const std::vector<Game>& training) {
  std::set<Board> boards, images;
  for (const Game& game : training)
    for (int symmetry = 0; symmetry < kSymmetries; ++symmetry)
      for (const Board& found : boards_of(board, image(symmetry, game))) {
        if (symmetry == 0) boards.insert(found);
        images.insert(found);
      }
  std::vector<SeenGame> seen;
  for (const Game& game : held_out) {
    SeenGame found;
    found.exact.shared = found.image.shared = -1;
    for (std::uint64_t i = 0; i < training.size(); ++i)
      for (int symmetry = 0; symmetry < kSymmetries; ++symmetry) {
        const int shared = common(game, image(symmetry, training[i]));
        if (symmetry == 0 && shared > found.exact.shared) found.exact = {shared, i, 0};
        if (shared > found.image.shared) found.image = {shared, i, symmetry};
      }
    const auto own = boards_of(board, game);
    for (std::size_t t = 0; t < own.size(); ++t) {
      found.boards |= std::uint64_t{boards.count(own[t])} << t;
      found.board_images |= std::uint64_t{images.count(own[t])} << t;
    }
    seen.push_back(found);
  }
  return seen;
}

}  // namespace

TEST_CASE("nearest games and boards met in training are those of a search through all pairs") {
  for (const BoardSize& board : {kBoard6, kBoard8}) {
    const std::vector<GameRun> training{
        {GameSource(board, 1, Purpose::training), 7, 300},
        {GameSource(board, 2, Purpose::training, make_player("greedy:30", board)), 0, 40}};
    std::vector<Game> games = games_of(training[0]);
    for (const Game& game : games_of(training[1])) games.push_back(game);
    REQUIRE(game_count(training) == games.size());
    CHECK(game_of(training, 299) == games[299]);
    CHECK(game_of(training, 300) == games[300]);

    auto held_out = games_of({GameSource(board, 1, Purpose::evaluation), 0, 60});
    held_out.push_back(games[310]);           // seen from beginning to end
    held_out.push_back(image(3, games[20]));  // its mirror image was
    held_out.push_back(games[5]);
    held_out.back().length = 9;  // part of one
    held_out.push_back(Game{});
    const auto expected = naive(board, held_out, games);
    for (const std::uint64_t block : {1, 7, 256})
      for (const int workers : {1, 3})
        CHECK(find_nearest_games(board, held_out, training, workers, {}, block) == expected);

    CHECK(expected[60].exact == NearestGame{games[310].length, 310, 0});
    CHECK(expected[61].image == NearestGame{games[20].length, 20, 3});
    CHECK(expected[62].exact.shared == 9);
    CHECK(expected[63] == SeenGame{});
    int transposed = 0, of_images = 0;  // boards that came about by other moves
    for (const SeenGame& game : expected) {
      transposed += count(game.boards) > game.exact.shared ? 1 : 0;
      of_images += count(game.board_images) > game.image.shared ? 1 : 0;
    }
    CHECK(transposed > 0);
    CHECK(of_images > 0);
  }
}

TEST_CASE("the search reports how far it is, can be stopped, and wants games of training") {
  const std::vector<GameRun> training{{GameSource(kBoard6, 1, Purpose::training), 0, 30},
                                      {GameSource(kBoard6, 1, Purpose::training), 30, 20}};
  const auto held_out = games_of({GameSource(kBoard6, 1, Purpose::evaluation), 0, 3});
  std::vector<std::uint64_t> told;
  find_nearest_games(kBoard6, held_out, training, 2, [&](std::uint64_t games) { told.push_back(games); });
  CHECK(told == std::vector<std::uint64_t>{30, 50});
  CHECK_THROWS_AS(find_nearest_games(kBoard6, held_out, training, 2, [](std::uint64_t) { throw 1; }), int);
  CHECK_THROWS_AS(find_nearest_games(kBoard6, held_out, {}, 1), Error);
  CHECK_THROWS_AS(game_of(training, 50), Error);
}

}  // namespace othello::test
