// What follows from the number of a step: its learning rate, and whether its checkpoint is kept.
#pragma once

#include <vector>

#include "training/config.h"

namespace othello {

/// Factor in [0, 1] on both rates at `step` (from 0): linear warm-up, constant, then linear decay to 0 at
/// `config.steps` over the share `config.decay` of what follows the warm-up. The steps of the warm-up, at least 20 and
/// at most a fifth of the run, do not depend on its length, which may not be known yet.
double schedule(const TrainConfig& config, std::int64_t step);

/// Whether a checkpoint after `step` steps is written and kept for good (`keep_every`, `keep_log_spaced`).
bool keeps(const TrainConfig& config, std::int64_t step);

/// Which of the checkpoints at `steps` (ascending) have had their time: all but the `newest` last and those that are
/// kept for good.
std::vector<long> superseded(const TrainConfig& config, const std::vector<long>& steps, int newest);

}  // namespace othello
