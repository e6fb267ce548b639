// The neurons of a model's MLPs on games: how independently they fire, and which of them detect the board.
#pragma once

#include "probes/activation_stream.h"
#include "theory/detectors.h"
#include "theory/independence.h"

namespace othello {

/// The games, which outlive it, and whose squares are "mine".
struct NeuronReading {
  const ProbeGames& games;
  Vocabulary vocabulary;
  GameRange range;
  Frame frame;
  int workers;
};

using GamesDone = std::function<void(std::int64_t games)>;

/// By layer, of the activations behind the non-linearity (blocks.l.mlp.hook_post).
std::vector<NeuronStatistics> neuron_statistics(const Transformer& model, const NeuronReading& reading,
                                                const GamesDone& progress);

/// By layer: the best single neuron for mine, yours and empty on every square. Keeps the activations of all layers,
/// 4 · layers · d_mlp bytes a position.
std::vector<Detectors> neuron_detectors(const Transformer& model, const NeuronReading& reading, int permutations,
                                        std::uint64_t seed, const GamesDone& progress);

}  // namespace othello
