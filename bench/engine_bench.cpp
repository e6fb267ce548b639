// How fast the rooms below LibTorch are: move generation, random play, labels, datasets. docs/PERFORMANCE.md has the
// figures and says how to read them. Argument 0 of most is the kernel: 0 baseline, 1 AVX2, 2 AVX-512.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "common/files.h"
#include "common/threads.h"
#include "data/batch.h"
#include "data/generate.h"
#include "data/import.h"
#include "engine/perft.h"
#include "engine/player.h"

namespace othello {
namespace {

using benchmark::Counter;

constexpr std::size_t kGames = 4096;
const Stream kStream = Stream(1).child("games");

/// The kernel of argument 0, named in the output; null (and the row skipped) if this CPU lacks it.
const Kernels* kernel_of(benchmark::State& state) {
  const auto number = static_cast<std::size_t>(state.range(0));
  if (number >= all_kernels().size()) {
    state.SkipWithError("this CPU does not have it");
    return nullptr;
  }
  state.SetLabel(all_kernels()[number]->name);
  return all_kernels()[number];
}

void set_rate(benchmark::State& state, const char* unit, std::size_t per_iteration) {
  state.counters[unit] = Counter(static_cast<double>(per_iteration), Counter::kIsIterationInvariantRate);
}

/// The plain code, one game at a time, as the yardstick.
void BM_random_games_plain(benchmark::State& state) {
  std::uint64_t index = 0;
  for (auto _ : state) benchmark::DoNotOptimize(random_game(kBoard8, kStream, index++));
  set_rate(state, "games/s", 1);
}
BENCHMARK(BM_random_games_plain);

/// Moves only.
void BM_random_games(benchmark::State& state) {
  const Kernels* kernels = kernel_of(state);
  if (kernels == nullptr) return;
  std::vector<Game> games(kGames);
  std::uint64_t first = 0;
  for (auto _ : state) {
    random_games(kBoard8, kStream, first, games, *kernels);
    first += kGames;
    benchmark::ClobberMemory();
  }
  set_rate(state, "games/s", kGames);
}
BENCHMARK(BM_random_games)->DenseRange(0, 2)->Unit(benchmark::kMillisecond);

/// Moves and both bitboards after each.
void BM_random_games_with_boards(benchmark::State& state) {
  const Kernels* kernels = kernel_of(state);
  if (kernels == nullptr) return;
  constexpr std::size_t kPart = 512;  // as a consumer would take them: its boards stay in the cache
  std::vector<Game> games(kPart);
  std::vector<Bits> mover(kPart * 60), opponent(kPart * 60);
  std::uint64_t first = 0;
  for (auto _ : state) {
    random_games(kBoard8, kStream, first, games, PlyBoards{mover, opponent}, *kernels);
    first += kPart;
    benchmark::ClobberMemory();
  }
  set_rate(state, "games/s", kPart);
}
BENCHMARK(BM_random_games_with_boards)->DenseRange(0, 2)->Unit(benchmark::kMillisecond);

/// Argument 0: worker threads. Wall time.
void BM_random_games_workers(benchmark::State& state) {
  constexpr int kChunks = 32;
  std::vector<Game> games(kChunks * kGames);
  for (auto _ : state) {
    parallel_for(kChunks, static_cast<int>(state.range(0)), [&](int chunk, int) {
      const std::size_t begin = static_cast<std::size_t>(chunk) * kGames;
      random_games(kBoard8, kStream, begin, {games.data() + begin, kGames});
    });
  }
  set_rate(state, "games/s", games.size());
}
BENCHMARK(BM_random_games_workers)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

/// Perft 11 of 8×8, convention T, with the kernels of this CPU (OTHELLO_ISA chooses others).
void BM_perft_11(benchmark::State& state) {
  state.SetLabel(kernels().name);
  std::uint64_t leaves = 0;
  for (auto _ : state) leaves += perft(start_position(), kBoard8, 11, PerftConvention::T);
  state.counters["leaves/s"] = Counter(static_cast<double>(leaves), Counter::kIsRate);
}
BENCHMARK(BM_perft_11)->Unit(benchmark::kMillisecond);

/// From moves to the labels of probes: 64 classes and the legal moves of every ply.
void BM_labels(benchmark::State& state) {
  const Kernels* kernels = kernel_of(state);
  if (kernels == nullptr) return;
  constexpr std::size_t kPart = 64;  // games of a batch
  std::vector<Game> games(kPart);
  random_games(kBoard8, kStream, 0, games);
  std::vector<GameCheck> checks(kPart);
  std::vector<std::uint64_t> passes(kPart);
  std::vector<Bits> mover(kPart * 60), opponent(kPart * 60), legal(kPart * 60), turned(kPart * 60);
  std::vector<std::uint8_t> states(64 * mover.size());
  for (auto _ : state) {
    replay_games(kBoard8, games, checks, {passes, mover, opponent, legal, turned}, *kernels);
    expand_states(mover, opponent, states, *kernels);
    benchmark::ClobberMemory();
  }
  state.counters["time/ply"] =
      Counter(static_cast<double>(mover.size()), Counter::kIsIterationInvariantRate | Counter::kInvert);
}
BENCHMARK(BM_labels)->DenseRange(0, 2)->Unit(benchmark::kMicrosecond);

/// What a training step of 64 games needs: playing them and laying out tokens, targets and legal moves. Argument 0: the
/// board's side.
void BM_batch(benchmark::State& state) {
  const GameSource source(board_size(static_cast<int>(state.range(0))), 1, Purpose::training);
  const Vocabulary vocabulary(source.board());
  std::uint64_t first = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(make_batch(vocabulary, take_games(source, first, 64)));
    first += 64;
  }
  set_rate(state, "games/s", 64);
}
BENCHMARK(BM_batch)->Arg(8)->Arg(6)->Unit(benchmark::kMicrosecond);

/// A folder for what a benchmark writes, empty at first and removed in the end.
struct ScratchFolder {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / fmt::format("othello-bench-{}", static_cast<long>(::getpid()));
  ScratchFolder() {
    std::filesystem::remove_all(path);
    std::filesystem::create_directories(path);
  }
  ~ScratchFolder() { std::filesystem::remove_all(path); }
};

/// A dataset folder of a million games, written and synced. Wall time: the disk has a say.
void BM_generate(benchmark::State& state) {
  DatasetRequest request;
  request.games = 1'000'000;
  for (auto _ : state) {
    const ScratchFolder folder;
    generate_dataset(folder.path / "d", request, [](std::int64_t) {});
  }
  set_rate(state, "games/s", static_cast<std::size_t>(request.games));
}
BENCHMARK(BM_generate)->UseRealTime()->Unit(benchmark::kMillisecond);

/// A million different games in one .wtb file → a dataset folder: what `import` does but for starting the program.
/// CPU time is that of all threads.
void BM_import_wthor(benchmark::State& state) {
  const ScratchFolder folder;
  std::vector<Game> games(1'000'000);
  random_games(kBoard8, kStream, 0, games);
  std::string bytes(16, '\0');
  for (int i = 0; i < 4; ++i)
    bytes[static_cast<std::size_t>(4 + i)] = static_cast<char>(games.size() >> (8 * i) & 0xFF);
  bytes[10] = static_cast<char>(0xDC), bytes[11] = 7;  // 2012
  bytes[12] = 8;
  for (const Game& game : games) {
    bytes.append(8, '\0');
    for (std::size_t t = 0; t < 60; ++t) {
      const int square = game.squares[t];
      bytes += static_cast<char>(t < game.length ? 10 * (square / 8 + 1) + square % 8 + 1 : 0);
    }
  }
  write_file(folder.path / "games.wtb", bytes);
  ImportOptions options;
  options.files = {folder.path / "games.wtb"};
  for (auto _ : state) {
    std::filesystem::remove_all(folder.path / "d");
    const auto summary = import_games(options, folder.path / "d", [](std::size_t, std::int64_t) {});
    if (summary.counts.skipped != 0) state.SkipWithError("a game was skipped");
  }
  set_rate(state, "games/s", games.size());
}
BENCHMARK(BM_import_wthor)->MeasureProcessCPUTime()->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace othello

BENCHMARK_MAIN();
