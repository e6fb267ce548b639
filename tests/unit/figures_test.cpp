// The figures of a dataset beside the uniform player's: a generator that is subtly biased must stand out, and an honest
// one must not.
#include "data/figures.h"

#include <cmath>

#include "common/threads.h"
#include "data/batch.h"
#include "data/uniform_reference.h"
#include "engine/notation.h"
#include "tests/support/mailbox.h"
#include "tests/support/test.h"

using namespace othello;
using namespace othello::test;

namespace {

GameStatistics statistics_of(const BoardSize& board, std::int64_t games, std::uint64_t seed,
                             std::int64_t part = 10000) {
  const GameSource source(board, seed, Purpose::training);
  std::vector<GameStatistics> parts(static_cast<std::size_t>(games / part));
  parallel_for(static_cast<int>(parts.size()), available_cores(), [&](int i, int) {
    for (std::int64_t done = 0; done < part; done += 250)
      parts[static_cast<std::size_t>(i)].add(
          take_games(source, static_cast<std::uint64_t>(i * part + done), std::min<std::int64_t>(250, part - done)),
          board);
  });
  GameStatistics all;
  for (const GameStatistics& one : parts) all.add(one);
  return all;
}

const Figure& find(const std::vector<Figure>& all, const std::string& name, int at = 0) {
  for (const Figure& figure : all)
    if (figure.name == name && figure.at == at) return figure;
  fail("no figure {} {}", name, at);
}

/// The same sums from the oracle, for one game.
struct OracleGame {
  std::vector<std::size_t> legal;
  std::vector<bool> passed;
  int difference = 0;
};

OracleGame by_oracle(const Game& game, int side) {
  OracleGame out;
  MailboxGame play(side);
  bool passed = false;
  for (const Square square : game.moves()) {
    out.legal.push_back(play.legal().size());
    out.passed.push_back(passed);
    play.play(square);
    passed = play.passed;
  }
  for (const Square square : play.board.squares())
    if (const auto disc = play.board.at(square)) out.difference += *disc == Color::black ? 1 : -1;
  return out;
}

}  // namespace

TEST_CASE("A million uniform games lie within 5 standard errors of the reference in every figure") {
  const auto all = figures(statistics_of(kBoard8, 1'000'000, 11), kBoard8, true);
  int judged = 0;
  for (const Figure& figure : all) {
    if (!figure.z) continue;
    ++judged;
    INFO(figure.name << " " << figure.at << ": " << figure.value << " instead of " << *figure.reference);
    CHECK(std::abs(*figure.z) < 5);
  }
  CHECK(judged > 120);
  for (int t = 3; t < 60; ++t) CHECK(find(all, "legal_moves", t).z);
  for (const int t : {9, 11, 13, 15, 30, 45, 60}) CHECK(find(all, "pass", t).z);
  for (const int moves : {9, 10, 11, 59, 60}) CHECK(find(all, "length", moves).z);
  for (const char* name : {"black_wins", "draws", "white_wins", "disc_difference", "wiped_out", "stuck",
                           "passes_per_game", "games_with_pass"})
    CHECK(find(all, name).z);
  for (int t = 1; t <= 8; ++t) CHECK(find(all, "pass", t).value == 0);
  CHECK(find(all, "pass", 10).value == 0);
}

TEST_CASE("Games that avoid an opening stand out from uniform ones") {
  auto games = take_games(GameSource(kBoard8, 1, Purpose::training), 0, 20000);
  std::erase_if(games, [](const Game& game) { return game.squares[0] == 37 && game.squares[1] == 43; });  // f5 d6
  GameStatistics kept;
  kept.add(games, kBoard8);
  const auto all = figures(kept, kBoard8, true);
  REQUIRE(farthest(all) != nullptr);
  CHECK(std::abs(*farthest(all)->z) > 5);
  for (const Figure& figure : figures(kept, kBoard8, false)) CHECK_FALSE(figure.z);
  CHECK(farthest(figures(statistics_of(kBoard8, 20, 1, 10), kBoard8, true)) == nullptr);  // too few to judge
}

TEST_CASE("The exact figures of the first discs are those of the published 10 million games") {
  const auto exact = exact_decisions(kBoard8, 10);
  for (std::size_t t = 0; t < exact.size(); ++t) {
    const ReferenceDecisions& measured = kReferenceDecisions[t];
    const double se = exact[t].legal_sd / std::sqrt(static_cast<double>(kReferenceGames));
    CHECK(std::abs(exact[t].legal - measured.legal) < 5 * se + 5e-5);
    CHECK(std::abs(exact[t].legal_sd - measured.legal_sd) < 2e-3);
    CHECK(std::abs(100 * exact[t].passes - measured.passes) < 0.005);
  }
  CHECK(exact[2].legal == Approx(14.0 / 3));
  CHECK(exact[8].reached == Approx(1));
  CHECK(exact[8].reached - exact[9].reached == Approx(kExactEndings[0]).epsilon(1e-6));
}

TEST_CASE("Statistics of games are what the oracle counts") {
  for (const BoardSize& board : {kBoard8, kBoard6}) {
    for (const Game& game : take_games(GameSource(board, 3, Purpose::training), 0, 200)) {
      GameStatistics counted;
      CHECK_FALSE(counted.add({&game, 1}, board));
      const OracleGame oracle = by_oracle(game, board.side);
      std::int64_t wrong = 0, passes = 0;
      for (std::size_t t = 1; t <= game.length; ++t) {
        const auto& at = counted.decisions[t];
        const auto legal = static_cast<std::int64_t>(oracle.legal[t - 1]);
        wrong += at.games != 1 || at.legal != legal || at.legal_squared != legal * legal ||
                 at.passes != oracle.passed[t - 1];
        passes += oracle.passed[t - 1];
      }
      CHECK(wrong == 0);
      CHECK(counted.passes() == passes);
      CHECK(counted.disc_difference == oracle.difference);
      CHECK(counted.finished() == 1);
      CHECK(counted.unfinished == 0);
    }
  }
}

TEST_CASE("Endings with one colour, with both and empty squares, and no ending are told apart") {
  GameStatistics counted;
  std::vector<Game> games;
  for (const char* moves : {"d3c3b3d2e1d6d7e3f4", "d3c3b3e3f5a3c4e6f4g4", "d3e3f6c4b3c2e2a4a2d2d1", "f5d6"})
    games.push_back(parse_game(moves, kBoard8));
  games.emplace_back().add(0);  // a1
  CHECK(counted.add(games, kBoard8) == 4);
  CHECK(counted.games == 5);
  CHECK(counted.illegal == 1);
  CHECK(counted.unfinished == 1);
  CHECK(counted.wiped_out == 2);
  CHECK(counted.stuck == 1);
  CHECK(counted.lengths[1] == 1);
  CHECK(counted.decisions[1].games == 4);
  CHECK(counted.decisions[11].games == 1);
}

TEST_CASE("The four symmetric forms of an opening are one") {
  const auto opening = [](const char* moves) {
    Opening out{};
    std::copy_n(parse_game(moves, kBoard8).squares.begin(), out.size(), out.begin());
    return out;
  };
  // f5d6c3d3 in the other three orientations of the start.
  for (const char* moves : {"f5d6c3d3", "c4e3f6e6", "e6f4c3c4", "d3c5f6f5"})
    CHECK(turned_to_f5(opening(moves)) == opening("f5d6c3d3"));
  const Game f5d6c3d3 = parse_game("f5d6c3d3", kBoard8);
  CHECK(uniform_probability(kBoard8, f5d6c3d3.moves()) == Approx(1.0 / (4 * 3 * 5 * 4)));
}
