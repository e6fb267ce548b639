#include "training/schedule.h"

#include <algorithm>

namespace othello {

double schedule(const TrainConfig& config, std::int64_t step) {
  const double warm = static_cast<double>(step + 1) / static_cast<double>(config.warmup_steps);
  if (config.steps == 0) return std::min(1.0, warm);
  const std::int64_t peak = std::min(config.warmup_steps, std::max<std::int64_t>(20, config.steps / 5));
  // A short run stops its warm-up early, so the decay starts from where the warm-up got to.
  const double top = static_cast<double>(peak) / static_cast<double>(config.warmup_steps);
  if (step < peak) return std::min(1.0, warm);
  return top * static_cast<double>(config.steps - step) /
         static_cast<double>(std::max<std::int64_t>(1, config.steps - peak));
}

}  // namespace othello
