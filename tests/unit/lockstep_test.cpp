// Lockstep kernels: every one of them must play the same games and see the same boards as the plain code, or results
// would depend on the CPU.
#include "engine/lockstep.h"

#include <algorithm>

#include "common/threads.h"
#include "data/labels.h"
#include "engine/notation.h"
#include "engine/player.h"
#include "tests/support/mailbox.h"
#include "tests/support/positions.h"
#include "tests/support/test.h"

using namespace othello;
using namespace othello::test;

namespace {

constexpr BoardSize kBoards[] = {kBoard8, kBoard6};

/// What `replay_games` tells of some games.
struct Replayed {
  std::vector<GameCheck> checks;
  std::vector<std::uint64_t> passes;
  std::vector<Bits> mover, opponent, legal, turned;

  Replayed(const BoardSize& board, std::span<const Game> games, const Kernels& kernels)
      : checks(games.size()), passes(games.size()) {
    for (auto* array : {&mover, &opponent, &legal, &turned})
      array->resize(games.size() * static_cast<std::size_t>(board.playable_count()), ~Bits{0});
    replay_games(board, games, checks, {passes, mover, opponent, legal, turned}, kernels);
  }
};

/// The first moves of a game, then `rest`.
Game changed(const Game& game, int keep, std::initializer_list<int> rest) {
  Game out;
  for (int i = 0; i < keep; ++i) out.add(game.squares[static_cast<std::size_t>(i)]);
  for (const int square : rest) out.add(square);
  return out;
}

/// Whole games, unfinished ones, and games that go wrong at several places.
std::vector<Game> assorted_games(const BoardSize& board) {
  std::vector<Game> games(300);
  random_games(board, Stream(8), 0, games);
  const std::size_t whole = games.size();
  for (std::size_t i = 0; i < whole; ++i) {
    const int keep = static_cast<int>(i) % games[i].length;
    games.push_back(changed(games[i], keep, {}));
    games.push_back(changed(games[i], keep, {27}));                            // occupied
    games.push_back(changed(games[i], keep, {static_cast<int>(i % 64), 19}));  // most often not legal
    games.push_back(changed(games[i], keep, {200, 19}));                       // no square
  }
  games.push_back(parse_game("d3c3b3d2e1d6d7e3f4", kBoard8));
  games.push_back(changed(games.back(), 9, {0}));  // after the end
  return games;
}

}  // namespace

TEST_CASE("Every kernel plays the same games as the plain code, for any range") {
  for (const Kernels* kernels : all_kernels())
    for (const BoardSize& board : kBoards)
      for (const std::size_t n : {0, 1, 2, 3, 7, 15, 16, 17, 33, 500})
        for (const std::uint64_t first :
             {std::uint64_t{0}, std::uint64_t{12345}, (std::uint64_t{1} << 32) - 5, std::uint64_t{1} << 50}) {
          const Stream stream = Stream(first + n).child("games");
          std::vector<Game> games(n);
          random_games(board, stream, first, games, *kernels);
          int different = 0;
          for (std::size_t i = 0; i < n; ++i) {
            const Game plain = random_game(board, stream, first + i);
            different += games[i].length != plain.length || games[i].squares != plain.squares;
          }
          CAPTURE(kernels->name, board.side, n, first);
          CHECK(different == 0);
        }
}

TEST_CASE("The boards met while playing are those of a replay, in every kernel") {
  for (const Kernels* kernels : all_kernels())
    for (const BoardSize& board : kBoards) {
      std::vector<Game> games(301);
      const std::size_t cells = games.size() * static_cast<std::size_t>(board.playable_count());
      std::vector<Bits> mover(cells, ~Bits{0}), opponent(cells, ~Bits{0});
      random_games(board, Stream(4), 77, games, PlyBoards{mover, opponent}, *kernels);
      const Replayed replayed(board, games, *kernels);
      CHECK(mover == replayed.mover);
      CHECK(opponent == replayed.opponent);
    }
}

TEST_CASE("Every kernel replays legal, unfinished and broken games as the plain code does") {
  for (const BoardSize& board : kBoards) {
    const auto games = assorted_games(board);
    const auto columns = static_cast<std::size_t>(board.playable_count());
    for (const Kernels* kernels : all_kernels()) {
      const Replayed found(board, games, *kernels);
      std::vector<GameCheck> checks(games.size());
      verify_games(board, games, checks, *kernels);
      CHECK(checks == found.checks);
      int different = 0, broken = 0;
      for (std::size_t g = 0; g < games.size(); ++g) {
        GameCheck expected;
        std::uint64_t passes = 0;
        Turn turn = next_turn(start_position(), board);
        for (const Square square : games[g].moves()) {
          if (square > 63 || (turn.legal & bit(square)) == 0) break;
          const Bits turned = StandardRules::turned(turn.position, square);
          turn = next_turn(play(turn.position, square), board);
          const std::size_t cell = g * columns + expected.legal_moves++;
          expected.passes += turn.passed ? 1 : 0;
          passes |= std::uint64_t{turn.passed} << (expected.legal_moves - 1);
          different += found.mover[cell] != turn.position.mover || found.opponent[cell] != turn.position.opponent ||
                       found.legal[cell] != turn.legal || found.turned[cell] != turned;
        }
        expected.over = turn.over();
        broken += expected.legal_moves != games[g].length;
        different += found.checks[g] != expected || found.passes[g] != passes;
        for (std::size_t t = expected.legal_moves; t < columns; ++t)
          different += (found.mover[g * columns + t] | found.opponent[g * columns + t] | found.legal[g * columns + t] |
                        found.turned[g * columns + t]) != 0;
      }
      CAPTURE(kernels->name, board.side);
      CHECK(different == 0);
      CHECK(broken > 500);
    }
  }
}

TEST_CASE("Every kernel has the oracle's moves and flips on all squares of boards that no game reaches") {
  for (const BoardSize& board : kBoards) {
    const std::size_t squares = static_cast<std::size_t>(board.square_count());
    std::vector<Bits> mover, opponent, disc, expected_legal, expected_turned;
    std::vector<std::uint8_t> expected_replies;
    for (std::uint64_t i = 0; i < 2000; ++i) {
      const Position p = random_position(board, i, 16 + i % 240);
      const Mailbox oracle = Mailbox::from(p, board.side);
      const Bits legal = as_bits(oracle.legal(Color::black));
      for (const Square square : oracle.squares()) {
        mover.push_back(p.mover), opponent.push_back(p.opponent), disc.push_back(bit(square));
        expected_legal.push_back(legal);
        expected_turned.push_back(as_bits(oracle.turned(Color::black, square)));
        Mailbox next = oracle;
        if ((legal & bit(square)) != 0) next.play(Color::black, square);
        expected_replies.push_back(
            (legal & bit(square)) != 0 ? static_cast<std::uint8_t>(next.legal(Color::white).size()) : 255);
      }
    }
    REQUIRE(mover.size() == 2000 * squares);
    for (const Kernels* kernels : all_kernels()) {
      std::vector<Bits> legal(mover.size()), turned(mover.size());
      find_moves(board, mover, opponent, disc, legal, turned, *kernels);
      CAPTURE(kernels->name, board.side);
      CHECK(legal == expected_legal);
      CHECK(turned == expected_turned);
      std::vector<std::uint8_t> replies(mover.size());
      count_replies(board, mover, opponent, disc, replies, *kernels);
      for (std::size_t i = 0; i < replies.size(); ++i)
        if (expected_replies[i] == 255) replies[i] = 255;  // only defined for legal moves
      CHECK(replies == expected_replies);
    }
  }
}

TEST_CASE("Every kernel writes the state of each square as its class") {
  for (const Kernels* kernels : all_kernels()) {
    std::vector<Bits> mover, opponent;
    for (std::uint64_t i = 0; i < 500; ++i) {
      const Position p = random_position(kBoard8, i, 16 + i % 240);
      mover.push_back(p.mover), opponent.push_back(p.opponent);
    }
    std::vector<std::uint8_t> states(64 * mover.size());
    expand_states(mover, opponent, states, *kernels);
    int different = 0;
    for (std::size_t i = 0; i < states.size(); ++i)
      different +=
          states[i] != static_cast<std::uint8_t>(state({mover[i / 64], opponent[i / 64]}, static_cast<Square>(i % 64)));
    CHECK(different == 0);
  }
}

TEST_CASE("Arrays that are too small for the games are refused, not overrun") {
  std::vector<Game> games(4);
  std::vector<GameCheck> checks(3);
  std::vector<Bits> bits(10);
  CHECK(contains(error_of([&] { verify_games(kBoard8, games, checks); }), "checks"));
  CHECK(contains(error_of([&] { random_games(kBoard8, Stream(1), 0, games, PlyBoards{bits, bits}); }), "boards"));
}

TEST_CASE("Games are the same for any number of threads and any parts") {
  const Stream stream = Stream(6).child("games");
  std::vector<Game> whole(3000);
  random_games(kBoard8, stream, 50, whole);
  for (const int workers : {1, 2, 5})
    for (const std::size_t part : {1, 7, 64, 999}) {
      std::vector<Game> games(whole.size());
      const auto parts = static_cast<int>((games.size() + part - 1) / part);
      parallel_for(parts, workers, [&](int i, int) {
        const std::size_t begin = static_cast<std::size_t>(i) * part;
        const auto some = std::span(games).subspan(begin, std::min(part, games.size() - begin));
        random_games(kBoard8, stream, 50 + begin, some);
      });
      CHECK(games == whole);
    }
}

TEST_CASE("One side may pass seven times in a row in every kernel") {
  const Game game = parse_game(
      "f5f4e3d6f3e2d1g5c6e1d3c4h6g3e6d7d2b7c5c3d8c1f6e7h2g4h4g6b2b5b4c2f8c8g2h1g1a3f2f1b6e8b8a7b3a8h7h3a6c7b1a2g8h5a1h8"
      "a4g7a5",
      kBoard8);
  MailboxGame oracle(8);
  std::uint64_t expected = 0;
  int longest = 0, row = 0;
  for (std::size_t t = 0; t < game.length; ++t) {
    oracle.play(game.squares[t]);
    expected |= std::uint64_t{oracle.passed} << t;
    row = oracle.passed ? row + 1 : 0;
    longest = std::max(longest, row);
  }
  CHECK(longest == 7);
  for (const Kernels* kernels : all_kernels()) {
    const Replayed found(kBoard8, {&game, 1}, *kernels);
    CHECK(found.passes[0] == expected);
    CHECK(found.checks[0].over);
  }
}

TEST_CASE("The first pass comes after eight moves, on 24 lines") {
  int early = 0, after_eight = 0;
  const auto visit = [&](const auto& self, const Turn& turn, int made) -> void {
    if (turn.passed) ++(made < 8 ? early : after_eight);
    if (made == 8) return;
    for_each_square(turn.legal,
                    [&](Square square) { self(self, next_turn(play(turn.position, square), kBoard8), made + 1); });
  };
  visit(visit, next_turn(start_position(), kBoard8), 0);
  CHECK(early == 0);
  CHECK(after_eight == 24);
}
