#include "training/schedule.h"

#include <algorithm>
#include <cmath>

namespace othello {

double schedule(const TrainConfig& config, std::int64_t step) {
  const double warm = static_cast<double>(step + 1) / static_cast<double>(config.warmup_steps);
  if (config.steps == 0) return std::min(1.0, warm);
  const std::int64_t peak = std::min(config.warmup_steps, std::max<std::int64_t>(20, config.steps / 5));
  // A short run stops its warm-up early, so it goes on from where the warm-up got to.
  const double top = static_cast<double>(peak) / static_cast<double>(config.warmup_steps);
  if (step < peak) return std::min(1.0, warm);
  const auto decay_steps = std::llround(config.decay * static_cast<double>(config.steps - peak));
  if (step < config.steps - decay_steps) return top;
  return top * static_cast<double>(config.steps - step) / static_cast<double>(std::max<std::int64_t>(1, decay_steps));
}

bool keeps(const TrainConfig& config, std::int64_t step) {
  if (config.keep_every > 0 && step > 0 && step % config.keep_every == 0) return true;
  if (config.keep_log_spaced == 0) return false;
  if (step == 0) return true;
  const double spacing = config.keep_log_spaced;
  const double nearest = std::round(spacing * std::log10(static_cast<double>(step)));
  // Rounded to whole steps, a neighbour's power can be the one that gives this step.
  for (const double k : {nearest - 1, nearest, nearest + 1})
    if (k >= 0 && std::llround(std::pow(10, k / spacing)) == step) return true;
  return false;
}

std::vector<long> superseded(const TrainConfig& config, const std::vector<long>& steps, int newest) {
  std::vector<long> out;
  for (std::size_t i = 0; i + static_cast<std::size_t>(newest) < steps.size(); ++i)
    if (!keeps(config, steps[i])) out.push_back(steps[i]);
  return out;
}

}  // namespace othello
