// The tangent kernel over the checkpoints of a run.
#pragma once

#include <optional>

#include "theory/checkpoint_series.h"
#include "theory/ntk_settings.h"

namespace othello {

/// [{"checkpoint", "step", "games", "positions", "distance_from_init", "velocity", "alignment": [{"name", "value"}…],
///  "board_accuracy": E, "distance_from"}…]: exact kernels among the first settings.checkpoint_positions, reported on
///  half as many others.
/// Distances (Fort et al. 2020) are from the initialisation: step 0, which is made anew from `own_seed` if the series
/// begins later; from the series' first checkpoint where that is not known. "distance_from" is that step. Velocities
/// from the one before, per unit of ln(1 + step), null at the first. Alignment with a concept is that of kernel and
/// concept less their means in every ply. Throws Error if a checkpoint is not of the sizes of the positions' model.
Json kernel_over_training(const std::vector<SeriesCheckpoint>& series, const StudyPositions& positions,
                          const NtkSettings& settings, std::optional<std::uint64_t> own_seed,
                          const NtkProgress& progress);

/// Reads every checkpoint once, so that what is damaged is found before any work. Throws Error as `load_model` does,
/// and if one is not of the sizes of `model`.
void check_series(const std::vector<SeriesCheckpoint>& series, const Transformer& model);

}  // namespace othello
