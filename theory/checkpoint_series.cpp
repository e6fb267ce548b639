#include "theory/checkpoint_series.h"

#include <algorithm>
#include <cmath>

#include "training/config.h"
#include "training/schedule.h"

namespace othello {
namespace {

RunConfig config_of(const RunFolder& run) {
  RunConfig config;
  try {
    read_config(config, run.read_config_file());
  } catch (const Error& error) {
    fail("{}: {}", run.config_file().string(), error.what());
  }
  return config;
}

/// Learning rate of the step before `step`, as a share of the highest.
double relative_rate(const TrainConfig& config, std::int64_t step, double highest) {
  return step == 0 ? 0 : schedule(config, step - 1) / highest;
}

}  // namespace

std::vector<SeriesCheckpoint> checkpoint_series(const RunFolder& run, std::size_t least) {
  const auto config = config_of(run);
  const auto steps = run.checkpoint_steps();
  if (steps.size() < least)
    fail(
        "{} has {} checkpoints, and a curve over training needs {}: train with --set train.keep_log_spaced=8 to keep "
        "step 0 and 8 in each tenfold of steps",
        run.path().string(), steps.size(), least);
  std::vector<long> missing;
  for (long step = 0; step < steps.back(); ++step)
    if (keeps(config.train, step) && !std::binary_search(steps.begin(), steps.end(), step)) missing.push_back(step);
  if (!missing.empty())
    fail(
        "{} has a gap: of the checkpoints that its configuration keeps {} are not there (the first at step {}); "
        "a curve over training would pass over them in silence",
        run.path().string(), missing.size(), missing.front());
  double highest = 0;
  long peak = 0;  // the first step at the highest rate
  for (long step = 0; step < steps.back(); ++step)
    if (const double rate = schedule(config.train, step); rate > highest) highest = rate, peak = step;
  std::vector<SeriesCheckpoint> series;
  for (const long step : steps)
    series.push_back({.name = run.checkpoint(step).filename().string(),
                      .folder = run.checkpoint(step),
                      .step = step,
                      .games = step * config.train.batch_games,
                      .rate = relative_rate(config.train, step, highest),
                      .warm = step > peak});
  return series;
}

std::vector<SeriesCheckpoint> log_spaced(const std::vector<SeriesCheckpoint>& series, std::size_t count) {
  if (series.size() <= count) return series;
  const auto place = [&](std::size_t i) { return std::log(1.0 + static_cast<double>(series[i].step)); };
  const double first = place(0), length = place(series.size() - 1) - first;
  std::vector<SeriesCheckpoint> chosen;
  std::size_t next = 0;  // the first that may still be taken
  for (std::size_t k = 0; k < count; ++k) {
    const double wanted = first + length * static_cast<double>(k) / static_cast<double>(count - 1);
    const std::size_t last = series.size() - (count - k);  // leaves enough for those after it
    std::size_t best = next;
    for (std::size_t i = next; i <= last; ++i)
      if (std::abs(place(i) - wanted) < std::abs(place(best) - wanted)) best = i;
    chosen.push_back(series[best]);
    next = best + 1;
  }
  return chosen;
}

}  // namespace othello
