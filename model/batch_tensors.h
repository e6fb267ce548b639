// Batches of games as tensors.
#pragma once

#include "data/batch.h"
#include "model/torch.h"

namespace othello {

/// tokens or targets of a batch: [games, context] int64 (a copy).
Tensor batch_tensor(const Batch& batch, const std::vector<std::int64_t>& cells);

/// The legal next tokens as 0/1: [games, context, vocabulary] fp32; column 0 (padding) is 0.
Tensor legal_tensor(const Batch& batch, int vocabulary);

/// The player's exact distribution of the next move: [games, context, vocabulary] fp32, rows that sum to 1 (or are 0
/// where the game is over).
Tensor expected_targets(const Batch& batch, int vocabulary);

}  // namespace othello
