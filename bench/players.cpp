// What players are like: the mean entropy of their moves (the floor of a model of them), how many of their games
// differ, and their wins against uniform.
//
//   build/players greedy:10 greedy:20 restricted:openings.txt
#include "data/players.h"

#include <fmt/format.h>

#include <set>

#include "data/batch.h"
#include "engine/notation.h"
#include "engine/rules.h"

using namespace othello;

namespace {

struct Games {
  double entropy = 0;        // mean over the moves after the first, in nats
  std::size_t distinct = 0;  // different games among them
};

/// Games 0 … 1999 of seed 1 for evaluation.
Games look_at_games(const BoardSize& board, const std::shared_ptr<const Player>& player) {
  const auto games = take_games(GameSource(board, 1, Purpose::evaluation, player), 0, 2000);
  const Batch batch = make_batch(Vocabulary(board), games, player.get());
  std::set<std::string> texts;
  for (const Game& game : games) texts.insert(game_text(game));
  double sum = 0, positions = 0;
  for (std::size_t cell = 0; cell < batch.targets.size(); ++cell)
    if (batch.targets[cell] != kPadding) sum += batch.floor(cell), positions += 1;
  return {sum / positions, texts.size()};
}

/// Share of 1000 games won against the uniform player, as black and white in turn.
double wins(const BoardSize& board, const Player& player) {
  const UniformPlayer uniform(board);
  const Stream stream = Stream(9).child("match");
  int won = 0;
  for (std::uint64_t game = 0; game < 1000; ++game) {
    const Color side = game % 2 == 0 ? Color::black : Color::white;
    Turn turn = next_turn(start_position(), board);
    for (std::uint32_t ply = 0; !turn.over(); ++ply) {
      const bool own = turn.position.to_move == side;
      const MoveWeights weights = (own ? player : uniform).distribution(turn.position);
      if (weights.moves() == 0) break;  // the player stops: the discs count as they are
      turn = next_turn(play(turn.position, weights.draw(stream.draw(game, ply))), board);
    }
    const int lead = count(turn.position.black()) - count(turn.position.white());
    won += side == Color::black ? lead > 0 : lead < 0;
  }
  return won / 1000.0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    for (const BoardSize& board : {kBoard8, kBoard6})
      for (int i = 1; i < argc; ++i) {
        const auto player = make_player(argv[i], board);
        const Games games = look_at_games(board, player);
        fmt::print("{0}×{0}  {1:<24} entropy {2:.3f} nats  {3} different games of 2000  wins {4:.1f} %\n", board.side,
                   argv[i], games.entropy, games.distinct, 100 * wins(board, *player));
      }
  } catch (const std::exception& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return 1;
  }
}
