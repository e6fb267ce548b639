// Fitted linear probes on disk, as interventions read them.
#pragma once

#include <filesystem>

#include "model/checkpoint.h"
#include "probes/inputs.h"

namespace othello {

/// The probes of all residual sites of a model, in the mine/yours/empty frame.
struct ProbeSet {
  std::vector<Readout> readouts;  // [site], index = number of blocks passed

  /// Unit vectors from "yours" to "mine" at `site` for positions of one parity: [64, d_model], 0 off the board.
  Tensor mine_minus_yours(std::size_t site, int parity, const ModelConfig& config) const;
};

/// Tensors "ridge.W" [2, site, d_model, 8, 8, 3] and "ridge.b" [2, site, 8, 8, 3] (parity of the ply first; 0 off the
/// board), with the model's configuration and step in the metadata.
void write_probes(const std::filesystem::path& file, const ProbeSet& probes, const LoadedModel& model);

/// Throws Error if the file is damaged or was fitted to another model.
ProbeSet read_probes(const std::filesystem::path& file, const LoadedModel& model);

}  // namespace othello
