// Players other than the uniform one: what is expected of a player must be what it does, on every machine alike.
#include "data/players.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "common/files.h"
#include "common/threads.h"
#include "data/batch.h"
#include "data/dataset_files.h"
#include "data/dataset_player.h"
#include "data/games.h"
#include "data/replay_player.h"
#include "engine/greedy_player.h"
#include "engine/notation.h"
#include "engine/restricted_player.h"
#include "engine/rules.h"
#include "tests/support/files.h"
#include "tests/support/test.h"

using namespace othello;
using namespace othello::test;
namespace fs = std::filesystem;

namespace {

Position after(std::string_view moves, const BoardSize& board = kBoard8) {
  Turn turn = next_turn(start_position(), board);
  const Game game = parse_game(moves, board);
  for (const Square square : game.moves()) turn = next_turn(play(turn.position, square), board);
  return turn.position;
}

double probability(const Player& player, std::string_view moves, std::string_view move) {
  return player.distribution(after(moves, player.board())).probability(parse_square(move, player.board()));
}

/// A dataset folder of one shard with these games.
void write_games(const fs::path& folder, const BoardSize& board, const std::vector<std::string>& texts) {
  std::vector<Game> games;
  DatasetDocument document;
  for (const auto& text : texts) {
    games.push_back(parse_game(text, board));
    document.header.plies += games.back().length;
  }
  document.header.board = board.side;
  document.header.player = "imported";
  document.header.games = static_cast<std::int64_t>(games.size());
  fs::create_directories(folder);
  if (!games.empty()) document.shards.push_back(write_shard(folder, 0, to_tokens(games, Vocabulary(board))));
  write_dataset_document(folder, document);
}

/// One player of each kind, on files in `folder`.
std::vector<std::shared_ptr<const Player>> all_players(const BoardSize& board, const TemporaryFolder& folder) {
  write_file(folder / "openings.txt", "c4\n");
  std::vector<std::string> texts;
  for (const Game& game : take_games(GameSource(board, 11, Purpose::training), 0, 40)) texts.push_back(game_text(game));
  write_games(folder / "games", board, texts);
  std::vector<std::shared_ptr<const Player>> players;
  for (const std::string& name :
       {std::string("uniform"), std::string("greedy:30"), "restricted:" + (folder / "openings.txt").string(),
        "expert-replay:" + (folder / "games").string()})
    players.push_back(make_player(name, board));
  return players;
}

}  // namespace

TEST_CASE("A draw falls on each move for its exact share of the numbers") {
  MoveWeights weights;
  weights.add(40, 4);
  weights.add(3, 2);
  weights.add(17, 1);
  // Bounds of the shares 2/7, 1/7, 4/7 of 2³² in increasing order of squares.
  const std::uint64_t range = 1ULL << 32;
  const auto first = static_cast<std::uint32_t>((2 * range + 6) / 7),
             second = static_cast<std::uint32_t>((3 * range + 6) / 7);
  CHECK(weights.draw(0) == 3);
  CHECK(weights.draw(first - 1) == 3);
  CHECK(weights.draw(first) == 17);
  CHECK(weights.draw(second - 1) == 17);
  CHECK(weights.draw(second) == 40);
  CHECK(weights.draw(0xFFFFFFFF) == 40);
  CHECK(weights.moves() == (bit(3) | bit(17) | bit(40)));
  CHECK(weights.probability(40) == Approx(4.0 / 7));
  CHECK(weights.probability(41) == 0);
  CHECK(weights.entropy() == Approx((2 * std::log(3.5) + std::log(7.0) + 4 * std::log(1.75)) / 7));
}

TEST_CASE("Every player draws its moves as often as its distribution says") {
  for (const BoardSize& board : {kBoard8, kBoard6}) {
    const TemporaryFolder folder;
    for (const auto& player : all_players(board, folder)) {
      INFO(player->name());
      const Stream stream = Stream(3).child("draws");
      double chi_square = 0, freedom = 0;
      std::uint64_t item = 0;
      for (const Game& game : take_games(GameSource(board, 2, Purpose::probes, player), 0, 3)) {
        Turn turn = next_turn(start_position(), board);
        for (const Square played : game.moves()) {
          const MoveWeights weights = player->distribution(turn.position);
          double sum = 0;
          std::map<Square, int> times;
          constexpr std::uint32_t kDraws = 5000;
          for (std::uint32_t i = 0; i < kDraws; ++i) ++times[weights.draw(stream.draw(item, i))];
          ++item;
          int cells = 0;
          for_each_square(weights.moves(), [&](Square square) {
            const double expected = kDraws * weights.probability(square);
            sum += weights.probability(square);
            if (expected < 10) return;
            ++cells;
            chi_square += (times[square] - expected) * (times[square] - expected) / expected;
          });
          freedom += std::max(0, cells - 1);
          CHECK(sum == Approx(1));
          CHECK((weights.moves() & ~turn.legal) == 0);
          CHECK((weights.moves() & bit(played)) != 0);
          turn = next_turn(play(turn.position, played), board);
        }
      }
      CHECK(std::abs(chi_square - freedom) < 5 * std::sqrt(2 * freedom) + 1);
    }
  }
}

TEST_CASE("The uniform player as an object plays the games of the uniform player") {
  for (const BoardSize& board : {kBoard8, kBoard6}) {
    const Stream stream = Stream(1).child("games");
    const UniformPlayer player(board);
    for (std::uint64_t i = 0; i < 500; ++i) CHECK(player.game(stream, i) == random_game(board, stream, i));
    const MoveWeights weights = player.distribution(after("d3", board));
    CHECK(weights.entropy() == Approx(std::log(3.0)));
    CHECK(weights.moves() == legal_moves(after("d3", board), board));
  }
}

TEST_CASE("A player's games are the same in any order and thread") {
  for (const BoardSize& board : {kBoard8, kBoard6}) {
    const TemporaryFolder folder;
    for (const auto& player : all_players(board, folder)) {
      INFO(player->name());
      const GameSource source(board, 5, Purpose::cases, player);
      const auto games = take_games(source, 30, 40);
      std::vector<Game> threaded(40);
      parallel_for(40, 3, [&](int i, int) {
        const auto back = static_cast<std::size_t>(39 - i);
        threaded[back] = GameSource(board, 5, Purpose::cases, player).game(30 + back);
      });
      CHECK(threaded == games);
      // Made anew of its own name, it is the same player.
      CHECK(GameSource(board, 5, Purpose::cases, make_player(player->name(), board)).game(30) == games[0]);
    }
  }
}

TEST_CASE("The greedy player values positions as its table, mobility and the final count say") {
  // Norvig's table in full, and its first three distances from the edge on the small board.
  const int eight[8][8] = {{120, -20, 20, 5, 5, 20, -20, 120},   {-20, -40, -5, -5, -5, -5, -40, -20},
                           {20, -5, 15, 3, 3, 15, -5, 20},       {5, -5, 3, 3, 3, 3, -5, 5},
                           {5, -5, 3, 3, 3, 3, -5, 5},           {20, -5, 15, 3, 3, 15, -5, 20},
                           {-20, -40, -5, -5, -5, -5, -40, -20}, {120, -20, 20, 5, 5, 20, -20, 120}};
  const int six[6][6] = {{120, -20, 20, 20, -20, 120}, {-20, -40, -5, -5, -40, -20}, {20, -5, 15, 15, -5, 20},
                         {20, -5, 15, 15, -5, 20},     {-20, -40, -5, -5, -40, -20}, {120, -20, 20, 20, -20, 120}};
  for (const BoardSize& board : {kBoard8, kBoard6}) {
    const GreedyPlayer player(board, 40);
    const int first = (8 - board.side) / 2, last = first + board.side - 1;
    const auto value = [&](const Position& p) {  // for p.opponent, who has just moved
      const int lead = count(legal_moves(pass(p), board)) - count(legal_moves(p, board));
      if (legal_moves(p, board) == 0 && legal_moves(pass(p), board) == 0)
        return 200 * (count(p.opponent) - count(p.mover));
      int sum = 10 * lead;
      for (int rank = first; rank <= last; ++rank)
        for (int file = first; file <= last; ++file) {
          const Square square = file + 8 * rank;
          const int sign = (p.opponent & bit(square)) ? 1 : (p.mover & bit(square)) ? -1 : 0;
          bool beside_taken = false;
          for (const int x : {first, last})
            for (const int y : {first, last})
              beside_taken |=
                  std::max(std::abs(file - x), std::abs(rank - y)) == 1 && (p.occupied() & bit(x + 8 * y)) != 0;
          if (!beside_taken) sum += sign * (board.side == 8 ? eight[rank][file] : six[rank - 1][file - 1]);
        }
      return sum;
    };
    for (const Game& game : take_games(GameSource(board, 21, Purpose::training), 0, 30)) {
      Turn turn = next_turn(start_position(), board);
      for (const Square played : game.moves()) {
        std::map<Square, double> share;
        double sum = 0, best = -1e9;
        for_each_square(turn.legal, [&](Square s) { best = std::max(best, 1.0 * value(play(turn.position, s))); });
        for_each_square(turn.legal, [&](Square s) {
          const Position next = play(turn.position, s);
          CHECK(player.value(next) == value(next));
          sum += share[s] = std::exp((value(next) - best) / 40);
        });
        const MoveWeights weights = player.distribution(turn.position);
        for (const auto& [square, p] : share) CHECK(weights.probability(square) == Approx(p / sum).margin(1e-6));
        turn = next_turn(play(turn.position, played), board);
      }
    }
  }
}

TEST_CASE("Greedy is uniform when hot, takes the best move when cold, and its entropy rises in between") {
  for (const BoardSize& board : {kBoard8, kBoard6}) {
    double last = -1;
    for (const double temperature : {0.01, 1.0, 10.0, 100.0, 1e6}) {
      const GreedyPlayer player(board, temperature);
      double entropy = 0, uniform = 0;
      for (const Game& game : take_games(GameSource(board, 22, Purpose::training), 0, 20)) {
        Turn turn = next_turn(start_position(), board);
        for (const Square played : game.moves()) {
          const MoveWeights weights = player.distribution(turn.position);
          entropy += weights.entropy(), uniform += std::log(count(turn.legal));
          if (temperature == 0.01) {
            int best = -1000000;
            for_each_square(turn.legal, [&](Square s) { best = std::max(best, player.value(play(turn.position, s))); });
            for_each_square(weights.moves(), [&](Square s) { CHECK(player.value(play(turn.position, s)) == best); });
          }
          turn = next_turn(play(turn.position, played), board);
        }
      }
      CHECK(entropy > last);
      last = entropy;
      if (temperature == 1e6) CHECK(entropy == Approx(uniform).epsilon(1e-4));
    }
  }
}

TEST_CASE("Greedy plays much better than uniform") {
  for (const BoardSize& board : {kBoard8, kBoard6}) {
    const GreedyPlayer greedy(board, 20);
    const UniformPlayer uniform(board);
    const Stream stream = Stream(4).child("match");
    int wins = 0;
    for (std::uint64_t i = 0; i < 200; ++i) {
      const Color side = i % 2 == 0 ? Color::black : Color::white;
      Turn turn = next_turn(start_position(), board);
      for (std::uint32_t ply = 0; !turn.over(); ++ply) {
        const Player& player = turn.position.to_move == side ? static_cast<const Player&>(greedy) : uniform;
        turn = next_turn(play(turn.position, player.distribution(turn.position).draw(stream.draw(i, ply))), board);
      }
      const int lead = count(turn.position.black()) - count(turn.position.white());
      wins += side == Color::black ? lead > 0 : lead < 0;
    }
    CHECK(wins > 160);
  }
}

TEST_CASE("Golden games of the greedy player are the ones that were frozen") {
  const auto text = [](const BoardSize& board) {
    return game_text(GameSource(board, 0, Purpose::training, make_player("greedy:20", board)).game(0));
  };
  CHECK(text(kBoard8) ==
        "c4e3f3c3d3g3d2c5b4b2b3c2d6b6b5c6f5a3a1e6d7f6c7b7c1b1f4a4a6d8a8c8a5a7a2d1e1g6e2g4e8f8e7f7g5"
        "h4f2f1h2h3h5g2h1g1h6g7h8g8b8h7");
  CHECK(text(kBoard6) == "c4c5d6e3f4f5e6d3f3d7b5g4f2g2e2d2g5b6b7g6e7f7c6f6b3c3b2c2b4c7g7g3");
}

TEST_CASE("The restricted player never plays a forbidden move and is uniform otherwise") {
  const std::string rules = "# no c4\nC4\r\n\n  d3 c3 c4 c5 # by any order of moves\nf5f6\nf5 d6\n";
  const RestrictedPlayer player(kBoard8, "rules", rules);
  CHECK(probability(player, "", "c4") == 0);
  for (const char* move : {"d3", "f5", "e6"}) CHECK(probability(player, "", move) == Approx(1.0 / 3));
  CHECK(probability(player, "f5", "f4") == 1);
  REQUIRE(after("d3c3c4") == after("c4c3d3"));
  CHECK(probability(player, "c4c3d3", "c5") == 0);
  CHECK(probability(player, "d3c3", "c4") > 0);
  const UniformPlayer uniform(kBoard8);
  int forbidden = 0;
  for (std::uint64_t i = 0; i < 500; ++i) {
    const std::string game = game_text(player.game(Stream(1), i));
    for (const char* opening : {"c4", "d3c3c4c5", "f5f6", "f5d6"}) forbidden += game.rfind(opening, 0) == 0;
  }
  CHECK(forbidden == 0);
  CHECK(player.distribution(after("e6f4")).moves() == uniform.distribution(after("e6f4")).moves());
  CHECK(RestrictedPlayer(kBoard8, "rules", "").game(Stream(1), 7) == uniform.game(Stream(1), 7));
}

TEST_CASE("Openings that cannot be forbidden name their file and line") {
  const auto problem = [](const std::string& text) {
    return error_of([&] { RestrictedPlayer(kBoard6, "rules.txt", text); });
  };
  CHECK(contains(problem("c4\n\nf5f5\n"), "rules.txt, line 3: move 2 ('f5') is not legal"));
  CHECK(contains(problem("a1"), "rules.txt, line 1: move 1: 'a1' is not a square"));
  CHECK(contains(problem("# fine\n--"), "line 2"));
  CHECK(contains(problem("c4\n;"), "line 2: ';' is no opening"));
  CHECK(contains(problem("f5f4\nf5f6\nf5d6\nc4"), "rules.txt, line 3: 'f5d6' leaves no move"));
  CHECK(contains(problem(std::string("\0\xff\n", 3)), "rules.txt, line 1"));
}

TEST_CASE("Expert replay chooses as its games did and stops where they stop") {
  const TemporaryFolder folder;
  write_games(folder / "d", kBoard8, {"f5d6c3", "f5d6c4", "f5f6", "d3c3c4c5", "c4c3d3e3", "d3c3c4c5"});
  const ReplayPlayer player(kBoard8, folder / "d");
  CHECK(probability(player, "", "f5") == Approx(3.0 / 6));
  CHECK(probability(player, "", "d3") == Approx(2.0 / 6));
  CHECK(probability(player, "", "c4") == Approx(1.0 / 6));
  CHECK(probability(player, "", "e6") == 0);
  CHECK(probability(player, "f5", "d6") == Approx(2.0 / 3));
  CHECK(probability(player, "f5d6", "c4") == Approx(1.0 / 2));
  // Two orders of moves lead to one position, of which three games tell.
  CHECK(probability(player, "c4c3d3", "c5") == Approx(2.0 / 3));
  CHECK(probability(player, "d3c3c4", "e3") == Approx(1.0 / 3));
  CHECK(player.distribution(after("f5d6c3")).moves() == 0);
  CHECK(player.distribution(after("f5f4")).moves() == 0);
  CHECK(player.distribution(after("f5f4")).entropy() == 0);
  std::map<std::string, int> games;
  for (std::uint64_t i = 0; i < 6000; ++i) ++games[game_text(player.game(Stream(2), i))];
  CHECK(games.size() == 7);  // the five different ones, and the two that change games where they meet
  CHECK(std::abs(games["f5d6c3"] - 1000) < 150);
  CHECK(std::abs(games["f5f6"] - 1000) < 150);
  CHECK(std::abs(games["d3c3c4e3"] - 667) < 125);
  CHECK(std::abs(games["c4c3d3c5"] - 667) < 125);
}

TEST_CASE("A dataset that cannot be replayed is refused") {
  const TemporaryFolder folder;
  write_games(folder / "d", kBoard6, {"f5d6c3", "f5f6"});
  const auto problem = [&](const BoardSize& board = kBoard6) {
    return error_of([&] { ReplayPlayer(board, folder / "d"); });
  };
  CHECK(problem().empty());
  CHECK(contains(problem(kBoard8), "games of 6×6"));
  const DatasetDocument good = read_dataset_document(folder / "d");
  for (const auto& [plies, part] :
       {std::pair{6, "counts 6 plies"}, std::pair{4, "counts 4 plies"}, std::pair{60'000'000, "at most 50000000"}}) {
    DatasetDocument bad = good;
    bad.header.plies = plies;
    write_dataset_document(folder / "d", bad);
    CHECK(contains(problem(), part));
  }
  DatasetDocument illegal = good;
  ByteMatrix tokens = read_npy(folder / "d" / "games-00000.npy");
  tokens.values[static_cast<std::size_t>(tokens.columns)] = 1;
  illegal.shards[0] = write_shard(folder / "d", 0, tokens);
  write_dataset_document(folder / "d", illegal);
  CHECK(contains(problem(), "games-00000.npy: game 1: move 1 (b2) is not legal"));
  write_games(folder / "d", kBoard6, {});
  CHECK(contains(problem(), "no game to replay"));
  CHECK(contains(error_of([&] { ReplayPlayer(kBoard8, folder / "none"); }), "none"));
}

TEST_CASE("Training on a dataset sees each of its games once in every pass, in new orders") {
  for (const std::uint64_t count : {1, 2, 3, 5, 16, 17, 100, 1000}) {
    std::set<std::uint64_t> seen;
    for (std::uint64_t i = 0; i < count; ++i) seen.insert(shuffled(Stream(3), 2, i, count));
    CHECK(seen.size() == count);
    CHECK(*seen.rbegin() == count - 1);
  }
  const TemporaryFolder folder;
  const auto source = GameSource(kBoard6, 5, Purpose::training);
  std::vector<std::string> games, texts;
  for (std::uint64_t i = 0; i < 40; ++i) games.push_back(game_text(source.game(i)));
  write_games(folder / "d", kBoard6, games);
  const auto player = make_player("dataset:" + (folder / "d").string(), kBoard6);
  CHECK_FALSE(player->knows_chances());
  const GameSource training(kBoard6, 1, Purpose::training, player), other(kBoard6, 2, Purpose::training, player);
  const auto pass = [](const GameSource& from, std::uint64_t first) {
    std::vector<std::string> found;
    for (std::uint64_t i = 0; i < 40; ++i) found.push_back(game_text(from.game(first + i)));
    return found;
  };
  const auto first = pass(training, 0), second = pass(training, 40), others = pass(other, 0);
  CHECK((first != second && first != others && first != games));
  CHECK(pass(training, 0) == first);
  std::sort(games.begin(), games.end());
  for (auto order : {first, second, others}) {
    std::sort(order.begin(), order.end());
    CHECK(order == games);
  }
  CHECK(make_player(player->name(), kBoard6)->name() == player->name());
  write_games(folder / "d", kBoard6, {"f5d6c3"});
  CHECK(contains(error_of([&] { make_player(player->name(), kBoard6); }), "the file is another one now"));
}

TEST_CASE("A name that is no player is wrong usage and lists the five") {
  for (const char* name : {"", "expert", "greedy-20", "restricted:", "expert-replay", "uniform:3", "Uniform"}) {
    CHECK_THROWS_AS(make_player(name, kBoard8), UsageError);
    const std::string problem = error_of([&] { make_player(name, kBoard8); });
    for (const char* known : {"uniform", "greedy:T", "restricted:FILE", "expert-replay:DATASET", "dataset:DATASET"})
      CHECK(contains(problem, known));
  }
  for (const char* name : {"greedy", "greedy:", "greedy:x", "greedy:1x", "greedy: 1", "greedy:nan", "greedy:inf",
                           "greedy:0", "greedy:-1", "greedy:1e-300", "greedy:1e7"})
    CHECK_THROWS_AS(make_player(name, kBoard8), UsageError);
  CHECK(make_player("greedy:20.0", kBoard8)->name() == "greedy:20");
  CHECK(make_player("greedy:0.5", kBoard6)->name() == "greedy:0.5");
  CHECK(contains(error_of([&] { GameSource(kBoard8, 1, Purpose::training, make_player("greedy:1", kBoard6)); }),
                 "another board"));
}

TEST_CASE("A recorded player is refused once its file has changed") {
  const TemporaryFolder folder;
  const std::string file = (folder / "rules@home.txt").string();
  write_file(file, "c4\n");
  const std::string name = make_player("restricted:" + file, kBoard8)->name();
  CHECK(name.rfind("restricted:" + file + "@", 0) == 0);
  CHECK(make_player(name, kBoard8)->name() == name);
  write_file(file, "f5\n");
  CHECK(contains(error_of([&] { make_player(name, kBoard8); }), "the file is another one now"));
  CHECK(make_player("restricted:" + file, kBoard8)->name() != name);
  fs::remove(file);
  CHECK(contains(error_of([&] { make_player(name, kBoard8); }), "rules@home.txt"));
}

TEST_CASE("A batch carries the chances and the entropy of a player that is not uniform") {
  const Vocabulary vocabulary(kBoard8);
  const auto player = make_player("greedy:30", kBoard8);
  const GameSource source(kBoard8, 3, Purpose::training, player);
  const Batch batch = take_batch(vocabulary, source, 5, 4), uniform = make_batch(vocabulary, take_games(source, 5, 4));
  CHECK(batch.tokens == uniform.tokens);
  CHECK(uniform.chances.empty());
  CHECK(uniform.floor(0) == std::log(3.0));
  const auto games = take_games(source, 5, 4);
  for (std::size_t g = 0; g < games.size(); ++g) {
    const auto facts = replay(kBoard8, games[g].moves());
    for (std::size_t t = 0; t < 59; ++t) {
      const std::size_t cell = g * 59 + t;
      if (batch.targets[cell] == kPadding) continue;
      const MoveWeights weights = player->distribution(facts[t].after);
      double entropy = 0;
      for (Token token = 0; token < 61; ++token) {
        const double p = token == 0 ? 0 : weights.probability(vocabulary.square(token));
        CHECK(batch.chances[cell * 61 + token] == Approx(p));
        if (p > 0) entropy -= p * std::log(p);
      }
      CHECK(batch.floor(cell) == Approx(entropy).margin(1e-12));
      CHECK(batch.floor(cell) <= uniform.floor(cell) + 1e-12);
    }
  }
}
