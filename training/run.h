// A training run in its folder: metrics, checkpoints, interruption, resumption.
#pragma once

#include "training/trainer.h"

namespace othello {

/// Trains from where `trainer` stands to the end of its run, writing metrics and checkpoints into `run` and showing
/// progress. Returns the fields of the `train` result: games and steps of the whole run; seconds, games_per_second and
/// workers (of each process) and processes of this part of it; parameters, loss (of the last log interval). On SIGINT
/// it saves a checkpoint and throws Interrupted. Throws Error if a file cannot be written or training goes wrong
/// (training/divergence.h), with the last good checkpoint, which stays as it is; norms of every layer go to the log.
Json train(Trainer& trainer, const RunFolder& run);

/// The weights that a run starts from, nothing if they are fresh. Throws Error if they are not there or not the same.
std::optional<LoadedModel> initial_weights(const TrainConfig& config);

/// The trainer of an existing run at its last complete checkpoint (or at the start if there is none). Throws
/// Error if the run is complete, or if its configuration or checkpoint is damaged. The run should be locked. `device`,
/// unless empty, takes the place of the configuration's.
Trainer resume(const RunFolder& run, const std::string& device = {});

}  // namespace othello
