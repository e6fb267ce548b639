// What a study of the tangent kernel will cost, from its cost law and a moment of measuring.
#pragma once

#include "theory/ntk_settings.h"

namespace othello {

/// Bytes of kernels and factorisations that a study holds beside tangents.
std::int64_t kernel_bytes(const Transformer& model, const NtkSettings& settings);

/// What is left of settings.memory for tangents. Throws Error, saying how much is needed, if there is nothing.
std::int64_t tangent_budget(const Transformer& model, const NtkSettings& settings);

/// {"parts": [{"name", "seconds", "bytes"}…], "seconds", "bytes"}: parts follow each other, so that bytes are those of
/// the largest. Runs nothing but a few gradients and products. Throws Error if it does not fit.
Json ntk_cost(const Transformer& model, const StudyPositions& positions, const NtkSettings& settings,
              std::size_t checkpoints);

}  // namespace othello
