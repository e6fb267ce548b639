// The sum of the gradients that the shards of a batch gave.
#pragma once

#include "model/torch.h"

namespace othello {

/// sum = Σ of `parts` in their order, in fp32; parts are bf16 or fp32, of the shape of `sum`, which is contiguous.
void sum_gradients(const TensorList& parts, const Tensor& sum);

}  // namespace othello
