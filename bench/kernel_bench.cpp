// The kernels of a training step, for every instruction set that this CPU runs: nanoseconds per element or per head.
//
//   scripts/setup bench && cmake --preset release -DOTHELLO_BENCH=ON && cmake --build build --target kernel_bench
//   build/kernel_bench
//
// Sizes are those of one shard of the default model: 16 games of 59 positions, d_model 128, 4 heads, in bf16.
#include <benchmark/benchmark.h>

#include <bit>
#include <string>
#include <vector>

#include "common/random.h"
#include "model/kernels/dispatch.h"

namespace othello {
namespace {

constexpr std::size_t kGames = 16, kPositions = 59, kWidth = 128, kHeads = 4, kRows = kGames * kPositions;

std::vector<Bf16> some_bf16(std::size_t n) {
  std::vector<float> x(n);
  Stream(1).child("bench").normal(0, x);
  std::vector<Bf16> bits(n);
  for (std::size_t i = 0; i < n; ++i) bits[i] = static_cast<Bf16>(std::bit_cast<std::uint32_t>(x[i]) >> 16);
  return bits;
}

std::vector<float> some_fp32(std::size_t n) {
  std::vector<float> x(n);
  Stream(2).child("bench").normal(0, x);
  return x;
}

void per_item(benchmark::State& state, std::size_t items, const char* name) {
  state.counters[name] = benchmark::Counter(
      static_cast<double>(items), benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void attention(benchmark::State& state, const ModelKernels& kernels, bool gradient) {
  auto qkv = some_bf16(kRows * 3 * kWidth), z = some_bf16(kRows * kWidth), dqkv = qkv;
  auto bias = some_fp32(3 * kWidth);
  std::vector<Softmax> sums(kGames * kHeads * kPositions);
  std::vector<float> scratch(attention_scratch(kPositions, kWidth / kHeads));
  std::vector<float> dbias(3 * kWidth);
  const AttentionTask<Bf16> task{kGames,      kPositions, kHeads,   kWidth / kHeads, qkv.data(),   bias.data(),
                                 sums.data(), z.data(),   z.data(), dqkv.data(),     dbias.data(), scratch.data()};
  kernels.bf16.attention(task);
  for (auto _ : state) (gradient ? kernels.bf16.attention_gradient : kernels.bf16.attention)(task);
  per_item(state, kGames * kHeads, "per_head");
}

void gelu(benchmark::State& state, const ModelKernels& kernels) {
  auto x = some_bf16(kRows * 4 * kWidth), y = x;
  auto bias = some_fp32(4 * kWidth);
  for (auto _ : state) kernels.bf16.gelu({kRows, 4 * kWidth, x.data(), bias.data(), y.data()});
  per_item(state, x.size(), "per_number");
}

void gelu_gradient(benchmark::State& state, const ModelKernels& kernels) {
  auto x = some_bf16(kRows * 4 * kWidth), y = x, dx = x;
  auto bias = some_fp32(4 * kWidth);
  for (auto _ : state) kernels.bf16.gelu_gradient({kRows, 4 * kWidth, x.data(), y.data(), dx.data(), bias.data()});
  per_item(state, x.size(), "per_number");
}

void norm(benchmark::State& state, const ModelKernels& kernels) {
  auto x = some_fp32(kRows * kWidth), out = x, mean = some_fp32(kRows), inverse = mean, gain = some_fp32(kWidth);
  auto delta = some_bf16(kRows * kWidth), y = delta;
  for (auto _ : state)
    kernels.bf16.norm({kRows, kWidth, x.data(), delta.data(), gain.data(), gain.data(), gain.data(), 1e-5F, out.data(),
                       y.data(), mean.data(), inverse.data()});
  per_item(state, x.size(), "per_number");
}

void norm_gradient(benchmark::State& state, const ModelKernels& kernels) {
  auto x = some_fp32(kRows * kWidth), out = x, dx = x, mean = some_fp32(kRows), inverse = mean;
  auto gain = some_fp32(kWidth), sums = gain;
  auto dy = some_bf16(kRows * kWidth), ddelta = dy;
  for (auto _ : state)
    kernels.bf16.norm_gradient({kRows, kWidth, out.data(), mean.data(), inverse.data(), gain.data(), dy.data(),
                                x.data(), dx.data(), ddelta.data(), sums.data(), sums.data(), sums.data()});
  per_item(state, x.size(), "per_number");
}

void loss(benchmark::State& state, const ModelKernels& kernels) {
  auto logits = some_bf16(kRows * 61), dlogits = logits;
  std::vector<std::int64_t> targets(kRows, 7);
  for (auto _ : state)
    benchmark::DoNotOptimize(kernels.bf16.loss({kRows, 61, logits.data(), targets.data(), nullptr, dlogits.data()}));
  per_item(state, logits.size(), "per_number");
}

void sum(benchmark::State& state, const ModelKernels& kernels) {
  const auto x = some_bf16(1 << 16);
  const Bf16* const parts[] = {x.data(), x.data(), x.data(), x.data()};
  std::vector<float> sums(x.size());
  for (auto _ : state) kernels.bf16.sum(sums.data(), parts, 4, x.size());
  per_item(state, x.size(), "per_number");
}

void adamw(benchmark::State& state, const ModelKernels& kernels) {
  auto w = some_fp32(1 << 16), g = w, m = w;
  std::vector<float> v(w.size(), 1);
  for (auto _ : state)
    kernels.adamw(w.data(), g.data(), m.data(), v.data(), w.size(), {0.9F, 0.95F, 1e-8F, 1e-6F, 1, 1});
  per_item(state, w.size(), "per_number");
}

}  // namespace
}  // namespace othello

int main(int argc, char** argv) {
  using namespace othello;
  for (const ModelKernels* kernels : all_model_kernels()) {
    const auto add_case = [&](const std::string& name, auto run) {
      benchmark::RegisterBenchmark((name + "/" + kernels->name).c_str(), [=](auto& state) { run(state, *kernels); });
    };
    add_case("attention", [](auto& state, auto& k) { attention(state, k, false); });
    add_case("attention_gradient", [](auto& state, auto& k) { attention(state, k, true); });
    add_case("gelu", gelu);
    add_case("gelu_gradient", gelu_gradient);
    add_case("norm", norm);
    add_case("norm_gradient", norm_gradient);
    add_case("loss", loss);
    add_case("sum", sum);
    add_case("adamw", adamw);
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
