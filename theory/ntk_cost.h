// What a study of the tangent kernel will cost, from its cost law and a moment of measuring.
#pragma once

#include "theory/ntk_settings.h"

namespace othello {

/// What is left of settings.memory for tangents beside the kernels. Throws Error, saying how much is needed, if
/// kernels, the other sources and their factorisations do not fit.
std::int64_t tangent_budget(const Transformer& model, const NtkSettings& settings);
/// What is left of it for the kernels over training, when all sources have been read.
std::int64_t series_budget(const Transformer& model, const NtkSettings& settings);

/// Rows of the exact kernels beside projected ones: settings.exact_block or, for want of memory, a half, a quarter, …
/// of it; 0 if not even kLeastExactBlock fit.
std::int64_t exact_block(const Transformer& model, const StudyPositions& positions, const NtkSettings& settings);

/// {"parts": [{"name", "seconds", "bytes"}…], "seconds", "bytes"}: parts follow each other, so that bytes are those of
/// the largest. Runs nothing but a few gradients and products. Throws Error if it does not fit.
Json ntk_cost(const Transformer& model, const StudyPositions& positions, const NtkSettings& settings,
              std::size_t checkpoints);

}  // namespace othello
