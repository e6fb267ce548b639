// Games by function: the same seed must give the same games today, tomorrow and on every machine.
#include "engine/player.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "data/batch.h"
#include "data/games.h"
#include "engine/lockstep.h"
#include "engine/notation.h"
#include "engine/rules.h"
#include "tests/support/test.h"

using namespace othello;
using namespace othello::test;

TEST_CASE("Golden games are the ones that were frozen") {
  const auto text = [](const BoardSize& size, std::uint64_t seed, Purpose purpose, std::uint64_t index) {
    return game_text(GameSource(size, seed, purpose).game(index));
  };
  CHECK(text(kBoard8, 0, Purpose::training, 0) ==
        "c4c5c6c3f5d6e6b4d3f4a3g6b5b6d2c2g3b3a4d7f7a5a6f6b1c1e3g4a2g8e7f2h6g7d8a1f3h7e1f8h8g2h2d1h3"
        "g1b2f1g5a7e8h5b7b8c7h4e2c8a8h1");
  CHECK(text(kBoard8, 1, Purpose::training, 123456789) ==
        "f5d6c5f4f3g3c4g5e6b5c6d7d8e8h5b3b6g2c8b7c7e3c3g6f2d2f7b4a5e2a3h7e1h6d3a7a8f6a6b2c1b8g1h4g4"
        "f1c2a1f8d1e7h2g7a4h3h1h8a2b1g8");
  CHECK(text(kBoard8, 42, Purpose::probes, 7) ==
        "c4c3c2e3f5b4d3e2f2d2d1b2b1d6a1c1c6g2e1c5a5c7b5f6e7a4g5b6h2a2d8g6f4a7b7f8h7h4g4h6h5e6f7b8a8"
        "g1a3g8a6b3f3g3e8f1d7g7c8h8h1h3");
  CHECK(text(kBoard6, 0, Purpose::training, 0) == "c4c5c6c3f5d6e6b4b3b6c2c7b7g5f4d3b5e3f3f6f7g3d7f2e2b2d2g7g2e7g6g4");
  CHECK(text(kBoard6, 1, Purpose::training, 123456789) ==
        "f5d6c5f4f3g3g4g5f6e6c7e7g7f7e3e2g2f2d7b5g6c3d3d2c2c4c6b4b3b2b7b6");
  CHECK(text(kBoard6, 42, Purpose::probes, 7) == "c4c3c2e3f5b4d3e2f2g2d2f4b3e6f3b2e7b5c5c6b6f7c7d7g7d6g3g6g4g5b7f6");
}

TEST_CASE("Game i is the same game in any order and from any copy") {
  for (const BoardSize& size : {kBoard8, kBoard6}) {
    const GameSource source(size, 4, Purpose::training);
    const auto games = take_games(source, 100, 50);
    for (std::size_t i = 50; i-- > 0;) CHECK(GameSource(size, 4, Purpose::training).game(100 + i) == games[i]);
    CHECK(source.game(1ULL << 50) == source.game(1ULL << 50));
  }
}

TEST_CASE("Games of different purposes and seeds are different games") {
  std::set<std::string> games;
  for (const Purpose purpose : {Purpose::training, Purpose::evaluation, Purpose::probes, Purpose::cases})
    for (const std::uint64_t seed : {0ULL, 1ULL, 2ULL})
      for (std::uint64_t i = 0; i < 50; ++i) games.insert(game_text(GameSource(kBoard8, seed, purpose).game(i)));
  CHECK(games.size() == 4 * 3 * 50);
}

TEST_CASE("The k-th square of a set is the k-th in increasing order") {
  const Bits set = bit(3) | bit(17) | bit(40) | bit(63);
  CHECK(nth_square(set, 0) == 3);
  CHECK(nth_square(set, 1) == 17);
  CHECK(nth_square(set, 2) == 40);
  CHECK(nth_square(set, 3) == 63);
}

TEST_CASE("The random player chooses every legal move equally often at every ply") {
  for (const BoardSize& size : {kBoard8, kBoard6}) {
    std::vector<Game> games(20000);
    random_games(size, Stream(6), 0, games);
    std::map<std::pair<int, int>, std::vector<int>> chosen;  // (ply, number of legal moves) → times each was chosen
    for (const Game& game : games) {
      Turn turn = next_turn(start_position(), size);
      int ply = 0;
      for (const Square square : game.moves()) {
        auto& times = chosen[{++ply, count(turn.legal)}];
        times.resize(static_cast<std::size_t>(count(turn.legal)));
        ++times[static_cast<std::size_t>(count(turn.legal & (bit(square) - 1)))];
        turn = next_turn(play(turn.position, square), size);
      }
    }
    double total = 0, degrees = 0;
    double worst = 0;  // standard deviations of the cell that deviates most
    for (const auto& [key, times] : chosen) {
      int sum = 0;
      for (const int n : times) sum += n;
      const double expected = static_cast<double>(sum) / static_cast<double>(times.size());
      if (times.size() < 2 || expected < 20) continue;
      double chi_square = 0;
      for (const int n : times) chi_square += (n - expected) * (n - expected) / expected;
      const auto freedom = static_cast<double>(times.size() - 1);
      worst = std::max(worst, (chi_square - freedom) / std::sqrt(2 * freedom));
      total += chi_square;
      degrees += freedom;
    }
    CHECK(degrees > 500);
    CHECK(std::abs(total - degrees) < 5 * std::sqrt(2 * degrees));
    CHECK(worst < 8);
  }
}

TEST_CASE("Random games have the published lengths and passes and outcomes") {
  // Means over 10 million uniform games; bounds are 5 standard errors of 50000 games.
  constexpr int kGames = 50000;
  const GameSource source(kBoard8, 8, Purpose::training);
  int short_games = 0, with_pass = 0, passes = 0, black_wins = 0, draws = 0;
  for (std::uint64_t i = 0; i < kGames; ++i) {
    const Game game = source.game(i);
    const auto facts = replay(kBoard8, game.moves());
    const auto passed =
        std::count_if(facts.begin(), facts.end(), [](const PlyFacts& ply) { return ply.pass_before_next; });
    short_games += game.length < 60;
    with_pass += passed > 0;
    passes += static_cast<int>(passed);
    const int lead = count(facts.back().after.black()) - count(facts.back().after.white());
    black_wins += lead > 0;
    draws += lead == 0;
  }
  const auto near = [](int times, double share) {
    return std::abs(times - share * kGames) < 5 * std::sqrt(share * (1 - share) * kGames);
  };
  CHECK(near(short_games, 0.00957));
  CHECK(near(with_pass, 0.3445));
  CHECK(near(black_wins, 0.4542));
  CHECK(near(draws, 0.0416));
  CHECK(static_cast<double>(passes) / kGames == Approx(0.4462).margin(0.02));
}
