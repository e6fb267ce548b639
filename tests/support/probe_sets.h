// Models and probes made up for tests.
#pragma once

#include "model/checkpoint.h"
#include "probes/probe_file.h"

namespace othello::test {

inline LoadedModel small_model(int board, int d_model, std::uint64_t seed = 1, int layers = 2, int heads = 2) {
  ModelConfig config;
  config.board = board, config.d_model = d_model, config.layers = layers, config.heads = heads;
  config.resolve();
  return {Transformer(config, seed), {}, "model.safetensors", "checksum"};
}

/// A probe with the classes of a target, whose weights [width + 1, units, classes] are given for both parities.
inline FittedProbe made_up(const ProbeSite& site, const std::string& target, const std::string& mode,
                           const std::string& kind, const std::vector<std::string>& classes, const Tensor& even,
                           const Tensor& odd) {
  FittedProbe probe;
  probe.site = site, probe.target = target, probe.frame = "mover", probe.mode = mode, probe.kind = kind;
  probe.classes = classes;
  if (mode != "odd") probe.readout.weights[0] = even.reshape({even.size(0), -1});
  if (mode != "even") probe.readout.weights[1] = odd.reshape({odd.size(0), -1});
  return probe;
}

inline const std::vector<std::string> kBoardClasses{"mine", "yours", "empty"};

}  // namespace othello::test
