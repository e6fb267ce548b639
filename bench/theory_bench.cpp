// What the tangent kernel of a model costs: gradients, the exact kernel within a budget of memory, the projection and
// its error.
//
//   cmake --preset release -DOTHELLO_BENCH=ON && cmake --build build --target theory_bench
//   build/theory_bench                                  a fresh 8×8 model of 6 blocks, d_model 128
//   build/theory_bench --model pretrained/mini --gram 0
//
// Processor time is that of all workers together; on a machine that does nothing else it is workers × time.
#include <CLI/CLI.hpp>

#include <ctime>
#include <fstream>

#include "common/progress.h"
#include "common/threads.h"
#include "model/checkpoint.h"
#include "model/runtime.h"
#include "theory/gram.h"
#include "theory/sketch.h"

using namespace othello;

namespace {

/// Time and processor time since construction.
struct Clock {
  Stopwatch wall;
  std::clock_t begin = std::clock();
  std::string text() const {
    return fmt::format("{:.1f} s ({:.1f} s of processors)", wall.seconds(),
                       static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC);
  }
};

/// The most memory that this process has held, in GiB.
double peak_memory() {
  std::ifstream file("/proc/self/status");
  for (std::string word; file >> word;)
    if (double kibibytes = 0; word == "VmHWM:" && file >> kibibytes) return kibibytes / (1 << 20);
  return 0;
}

void run(const Transformer& model, std::int64_t exact, std::int64_t report, std::int64_t projected,
         std::int64_t dimensions, const std::string& output, double budget, int workers) {
  const auto vocabulary = model.config().vocabulary();
  const ProbeGames games(GameSource(vocabulary.board(), 1, Purpose::probes),
                         std::max(exact, projected) + std::max<std::int64_t>(report, 1));
  const auto chosen = parse_tangent_output(output, vocabulary);
  const auto sample = [&](std::int64_t first, std::int64_t count) {
    return sample_positions(games, {first, count}, vocabulary, {}, 1);
  };
  const auto fit = sample(0, std::max(exact, projected)),
             others = sample(fit.size(), std::max<std::int64_t>(report, 1));
  for (const auto operations : {Operations::fused, Operations::plain}) {
    const NetworkTangents source(model, fit, chosen, operations);
    tangents(source, 0, 1, 1);
    const Clock clock;
    tangents(source, 0, 64, 1);
    fmt::print("64 gradients of {:.3g} parameters, {} operations: {}\n", static_cast<double>(source.parameter_count()),
               operations == Operations::fused ? "fused" : "plain", clock.text());
  }
  GramOptions options;
  options.budget = static_cast<std::int64_t>(budget * (1 << 30));
  options.workers = workers;
  if (exact > 0) {
    const auto fitted = sample(0, exact);
    const NetworkTangents source(model, fitted, chosen), reported(model, others, chosen);
    const auto plan = gram_plan(exact, report, source, options);
    fmt::print(
        "exact kernel of {} positions and with {} others: {} blocks, {} gradients, {:.3g} products, {:.1f} GiB, "
        "{:.0f} s expected\n",
        exact, report, plan.blocks, plan.tangents, plan.products, static_cast<double>(plan.bytes) / (1 << 30),
        gram_seconds(plan, source, options));
    const Clock clock;
    gram(source, report > 0 ? &reported : nullptr, options);
    fmt::print("  {}, at most {:.1f} GiB held\n", clock.text(), peak_memory());
  }
  if (projected > 0) {
    const NetworkTangents source(model, fit, chosen);
    SketchOptions sketch{.dimensions = dimensions, .workers = workers};
    fmt::print("projection of {} positions to {} dimensions: {:.0f} s expected\n", projected, dimensions,
               sketch_seconds(projected, source, sketch));
    const Clock clock;
    const auto features = sketched_tangents(source, sketch);
    const auto first = sample(0, 256);
    const auto error = sketch_error(features, gram(NetworkTangents(model, first, chosen), nullptr, options).fit);
    fmt::print("  {} with an exact block of {}; error of a cosine: mean {:.2g}, rms {:.2g}; k^-1/2 = {:.2g}\n",
               clock.text(), error.n, error.mean_cosine_error, error.rms,
               1 / std::sqrt(static_cast<double>(dimensions)));
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::string path, output = "contrast";
  std::int64_t exact = 2048, report = 1024, projected = 10000, dimensions = 4096;
  int board = 8, layers = 6, d_model = 128, heads = 4, workers = available_cores();
  double budget = 8;
  CLI::App app("What the tangent kernel of a model costs");
  app.add_option("--model", path, "As for othello-gpt ntk; left out, a fresh one");
  app.add_option("--board", board, "Of a fresh model");
  app.add_option("--layers", layers, "Of a fresh model");
  app.add_option("--d-model", d_model, "Of a fresh model");
  app.add_option("--heads", heads, "Of a fresh model");
  app.add_option("--gram", exact, "Positions of the exact kernel; 0 leaves it out");
  app.add_option("--report", report, "Positions that it is reported on");
  app.add_option("--sketch", projected, "Positions of the projection; 0 leaves it out");
  app.add_option("--project", dimensions, "Dimensions of the projection");
  app.add_option("--output", output, "contrast, pseudo, margin or logit:SQUARE");
  app.add_option("--budget", budget, "GiB");
  app.add_option("--workers", workers, "Cores");
  CLI11_PARSE(app, argc, argv);
  try {
    prepare_runtime();
    const auto model = path.empty()
                           ? Transformer({.board = board, .layers = layers, .d_model = d_model, .heads = heads}, 1)
                           : load_model(path).model;
    run(model, exact, report, projected, dimensions, output, budget, workers);
  } catch (const std::exception& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return 1;
  }
}
