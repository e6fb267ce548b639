// Which parts of the board could have been read without learning features? Inputs, the tangent kernel at initialisation
// and after training, and the network's activations, fitted on the same positions by the same machine.
#pragma once

#include "theory/checkpoint_series.h"
#include "theory/ntk_settings.h"

namespace othello {

/// All of results/ntk.json but its envelope. `series`: checkpoints of the model's run, or none. Throws Error if it does
/// not fit into settings.memory or there are too few positions or games; Interrupted if asked to stop.
Json ntk_study(const LoadedModel& loaded, const StudyPositions& positions, const NtkSettings& settings,
               const std::vector<SeriesCheckpoint>& series, const NtkProgress& progress);

}  // namespace othello
