#include "engine/lockstep.h"

#include "common/error.h"

namespace othello {
namespace {

static_assert(sizeof(Game) == 61 && offsetof(Game, length) == 60, "kernels read and write rows of games");

void require_size(std::size_t found, std::size_t expected, const char* what) {
  if (found != expected) fail("{}: expected room for {} numbers, found {}", what, expected, found);
}

int max_moves(const BoardSize& size) { return size.playable_count(); }

PlayTask play_task(const BoardSize& size, const Stream& stream, std::uint64_t first, std::span<Game> games) {
  PlayTask task{};
  task.key = stream.key();
  task.first = first;
  task.count = games.size();
  task.region = size.squares;
  task.plies = max_moves(size);
  if (!games.empty()) task.squares = games.front().squares.data(), task.lengths = &games.front().length;
  task.stride = sizeof(Game);
  return task;
}

ReplayTask replay_task(const BoardSize& size, std::span<const Game> games, std::span<GameCheck> checks) {
  require_size(checks.size(), games.size(), "checks");
  ReplayTask task{};
  task.count = games.size();
  task.region = size.squares;
  task.plies = max_moves(size);
  if (!games.empty()) task.squares = games.front().squares.data(), task.lengths = &games.front().length;
  task.stride = sizeof(Game);
  task.checks = checks.data();
  return task;
}

}  // namespace

void random_games(const BoardSize& size, const Stream& stream, std::uint64_t first, std::span<Game> games,
                  const Kernels& kernels) {
  kernels.play(play_task(size, stream, first, games));
}

void random_games(const BoardSize& size, const Stream& stream, std::uint64_t first, std::span<Game> games,
                  const PlyBoards& boards, const Kernels& kernels) {
  const std::size_t cells = games.size() * static_cast<std::size_t>(max_moves(size));
  require_size(boards.mover.size(), cells, "boards");
  require_size(boards.opponent.size(), cells, "boards");
  PlayTask task = play_task(size, stream, first, games);
  task.mover = boards.mover.data();
  task.opponent = boards.opponent.data();
  kernels.play(task);
}

void verify_games(const BoardSize& size, std::span<const Game> games, std::span<GameCheck> checks,
                  const Kernels& kernels) {
  kernels.replay(replay_task(size, games, checks));
}

void replay_games(const BoardSize& size, std::span<const Game> games, std::span<GameCheck> checks,
                  const PlyArrays& plies, const Kernels& kernels) {
  const std::size_t cells = games.size() * static_cast<std::size_t>(max_moves(size));
  require_size(plies.passes.size(), games.size(), "passes");
  for (const std::span<Bits> array : {plies.mover, plies.opponent, plies.legal, plies.turned})
    require_size(array.size(), cells, "plies");
  ReplayTask task = replay_task(size, games, checks);
  task.passes = plies.passes.data();
  task.mover = plies.mover.data();
  task.opponent = plies.opponent.data();
  task.legal = plies.legal.data();
  task.turned = plies.turned.data();
  kernels.replay(task);
}

void expand_states(std::span<const Bits> mover, std::span<const Bits> opponent, std::span<std::uint8_t> states,
                   const Kernels& kernels) {
  require_size(opponent.size(), mover.size(), "opponent");
  require_size(states.size(), 64 * mover.size(), "states");
  kernels.expand_states(mover.data(), opponent.data(), mover.size(), states.data());
}

void find_moves(const BoardSize& size, std::span<const Bits> mover, std::span<const Bits> opponent,
                std::span<const Bits> disc, std::span<Bits> legal, std::span<Bits> turned, const Kernels& kernels) {
  for (const std::size_t found : {opponent.size(), disc.size(), legal.size(), turned.size()})
    require_size(found, mover.size(), "positions");
  kernels.find_moves(mover.data(), opponent.data(), disc.data(), mover.size(), size.squares, legal.data(),
                     turned.data());
}

void count_replies(const BoardSize& size, std::span<const Bits> mover, std::span<const Bits> opponent,
                   std::span<const Bits> disc, std::span<std::uint8_t> replies, const Kernels& kernels) {
  require_size(opponent.size(), mover.size(), "opponent");
  require_size(disc.size(), mover.size(), "disc");
  require_size(replies.size(), mover.size(), "replies");
  kernels.count_replies(mover.data(), opponent.data(), disc.data(), mover.size(), size.squares, replies.data());
}

}  // namespace othello
