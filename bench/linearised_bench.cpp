// What a step of linearised training costs beside an ordinary one of the same sizes, precision (fp32) and workers. Both
// trainers go on in turn, so that whatever else the machine does falls on both; the ratio is the median over pairs.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>

#include "common/progress.h"
#include "model/runtime.h"
#include "training/trainer.h"

namespace othello {
namespace {

double median(std::vector<double> x) {
  const auto middle = x.begin() + static_cast<std::ptrdiff_t>(x.size() / 2);
  std::nth_element(x.begin(), middle, x.end());
  return *middle;
}

double seconds_of(Trainer& trainer) {
  const Stopwatch clock;
  trainer.step(false);
  return clock.seconds();
}

void compare(RunConfig config, int pairs) {
  config.train.precision = "fp32";
  config.train.steps = 10 + pairs;
  config.resolve();
  Trainer ordinary(config);
  struct Kind {
    const char* name;
    bool linearised;
    double lazy_scale;
  };
  for (const Kind& kind : {Kind{"linearised", true, 0}, Kind{"lazy, α = 10", false, 10}}) {
    config.train.linearised = kind.linearised, config.train.lazy_scale = kind.lazy_scale;
    Trainer other(config);
    for (int i = 0; i < 5; ++i) seconds_of(ordinary), seconds_of(other);
    std::vector<double> a, b, ratios;
    for (int i = 0; i < pairs; ++i) {
      a.push_back(seconds_of(ordinary)), b.push_back(seconds_of(other));
      ratios.push_back(b.back() / a.back());
    }
    fmt::print("{:14} {:7.1f} ms a step, ordinary {:7.1f} ms: {:.2f} ×\n", kind.name, 1000 * median(b),
               1000 * median(a), median(ratios));
  }
}

}  // namespace
}  // namespace othello

int main(int argc, char** argv) {
  othello::RunConfig config;
  int pairs = 25;
  CLI::App app("A step of linearised training beside an ordinary one");
  app.add_option("--board", config.model.board)->capture_default_str();
  app.add_option("--layers", config.model.layers)->capture_default_str();
  app.add_option("--d-model", config.model.d_model)->capture_default_str();
  app.add_option("--batch-games", config.train.batch_games)->capture_default_str();
  app.add_option("--workers", config.train.workers)->capture_default_str();
  app.add_option("--pairs", pairs)->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  othello::prepare_runtime();
  othello::compare(config, pairs);
}
