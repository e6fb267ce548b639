// What neurons are like over training, as rows of the document of `emergence`.
#pragma once

#include "model/checkpoint.h"
#include "probes/reading.h"
#include "theory/checkpoint_series.h"
#include "theory/neuron_study.h"

namespace othello {

/// Of all neurons of a checkpoint, by layer: [{"checkpoint", "step", "games", "layer", "site", …}] with the statistics
/// of NeuronStatistics, whose games are "of_games". Takes the first games of the reading only; so do the others.
Json independence_rows(const SeriesCheckpoint& checkpoint, const Transformer& model, const NeuronReading& reading,
                       const GamesDone& progress);

/// [{"checkpoint", "step", "layer", …}] with Detectors of the run's untrained network, which is made anew if the series
/// does not begin with it, and of its last one.
Json detector_rows(const std::vector<SeriesCheckpoint>& series, const LoadedModel& last, const NeuronReading& reading,
                   std::uint64_t seed, const SweepProgress& progress);

/// [{"layer", "seeds", "games", "ratio": E}] of neuron_symmetry, at fresh initialisations from that of `last` on.
Json symmetry_rows(const LoadedModel& last, const NeuronReading& reading);

}  // namespace othello
