// How fast the rooms below LibTorch are: move generation, random play, labels. docs/PERFORMANCE.md has the figures.
#include <benchmark/benchmark.h>

#include "data/batch.h"
#include "engine/perft.h"
#include "engine/rules.h"

namespace othello {
namespace {

/// Argument 0: the board's side. Items are leaves.
void BM_perft(benchmark::State& state) {
  const BoardSize board = board_size(static_cast<int>(state.range(0)));
  std::uint64_t leaves = 0;
  for (auto _ : state) leaves += perft(start_position(), board, 8, PerftConvention::T);
  state.SetItemsProcessed(static_cast<std::int64_t>(leaves));
}
BENCHMARK(BM_perft)->Arg(8)->Arg(6)->Unit(benchmark::kMillisecond);

/// Items are games.
void BM_random_games(benchmark::State& state) {
  const GameSource source(board_size(static_cast<int>(state.range(0))), 1, Purpose::training);
  std::uint64_t index = 0;
  for (auto _ : state) benchmark::DoNotOptimize(source.game(index++));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_random_games)->Arg(8)->Arg(6)->Unit(benchmark::kMicrosecond);

/// Labels of games that were already played. Items are games.
void BM_replay(benchmark::State& state) {
  const GameSource source(board_size(static_cast<int>(state.range(0))), 1, Purpose::training);
  const auto games = take_games(source, 0, 256);
  std::size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(replay(source.board(), games[i++ % games.size()].moves()));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_replay)->Arg(8)->Arg(6)->Unit(benchmark::kMicrosecond);

/// What a training step of 64 games needs: playing them and laying out tokens, targets and legal moves. Items are
/// games.
void BM_batch(benchmark::State& state) {
  const GameSource source(board_size(static_cast<int>(state.range(0))), 1, Purpose::training);
  const Vocabulary vocabulary(source.board());
  std::uint64_t first = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(make_batch(vocabulary, take_games(source, first, 64)));
    first += 64;
  }
  state.SetItemsProcessed(state.iterations() * 64);
}
BENCHMARK(BM_batch)->Arg(8)->Arg(6)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace othello

BENCHMARK_MAIN();
