// The tangent kernel over the checkpoints of a run.
#pragma once

#include "theory/checkpoint_series.h"
#include "theory/ntk_settings.h"

namespace othello {

/// [{"checkpoint", "step", "games", "positions", "distance_from_init", "velocity", "alignment": [{"name", "value"}…],
///  "board_accuracy": E}…]: exact kernels among the first settings.checkpoint_positions, reported on half as many
///  others.
/// Distances (Fort et al. 2020) are from the first checkpoint; velocities from the one before, per unit of
/// ln(1 + step), null at the first. Alignment with a concept is that of kernel and concept less their means in every
/// ply. Throws Error if a checkpoint is not of the sizes of the positions' model.
Json kernel_over_training(const std::vector<SeriesCheckpoint>& series, const StudyPositions& positions,
                          const NtkSettings& settings, const NtkProgress& progress);

}  // namespace othello
