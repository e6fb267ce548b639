// The learning-rate schedule.
#pragma once

#include "training/config.h"

namespace othello {

/// Factor in [0, 1] on both rates at `step` (from 0): linear warm-up, then linear decay to 0 at `config.steps`. The
/// first 20 steps do not depend on the length of the run, which may not be known yet.
double schedule(const TrainConfig& config, std::int64_t step);

}  // namespace othello
