// Random features: what linear probes read from untrained models of growing width.
#pragma once

#include "model/transformer.h"
#include "probes/reading.h"

namespace othello {

/// The architecture `config` with another d_model, whose MLPs grow as much. Throws Error if heads do not divide it.
ModelConfig widened(ModelConfig config, std::int64_t width);

/// Ridge probes at every residual site of untrained models of the architecture `config` with d_model = each of
/// `widths`, beside the trained model's at the same sites, all on the same, fewer games: how much a random network of
/// as many neurons carries. Each row is the site whose probe is best on the games that choose.
/// [{"name", "d_model", "parameters", "site", "accuracy": E, …}]. Throws Error if heads do not divide a width.
Json width_sweep(const Reading& reading, const Transformer& trained, const std::vector<std::int64_t>& widths,
                 std::uint64_t seed, const SweepProgress& progress);

}  // namespace othello
