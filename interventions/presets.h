// Published procedures by name.
#pragma once

#include "interventions/benchmark.h"

namespace othello {

struct Preset {
  std::string name;
  std::string paper;  // where it is described
  CaseRecipe cases;
  InterveneSettings settings;
  /// What the paper reports of its own model (8 layers, d 512), as mean errors of its cases.
  double published_error = 0, published_null = 0;
  std::string note;  // how this differs from the paper
};

/// li2023: gradient descent through probes with a hidden layer, from the middle block on. nanda2023-flip and
/// nanda2023-erase: a vector of fixed length is added to the attention outputs along a direction of the probe behind
/// block 5 of 8. Blocks are those of the paper's 8, scaled to the model's.
const std::vector<std::string>& preset_names();

/// Throws Error naming the nearest.
Preset preset(const std::string& name, const ModelConfig& config);

}  // namespace othello
