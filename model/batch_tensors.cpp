#include "model/batch_tensors.h"

#include <bit>

namespace othello {
namespace {

/// Rows with `value(bits)` at the legal tokens.
template <class Value>
Tensor fill_legal(const Batch& batch, int vocabulary, const Value& value) {
  auto tensor = torch::zeros({batch.games, batch.context, vocabulary}, at::kFloat);
  float* row = tensor.data_ptr<float>();
  for (std::uint64_t bits : batch.legal) {
    const float entry = value(bits);
    for (; bits != 0; bits &= bits - 1) row[std::countr_zero(bits) + 1] = entry;
    row += vocabulary;
  }
  return tensor;
}

}  // namespace

Tensor batch_tensor(const Batch& batch, const std::vector<std::int64_t>& cells) {
  return at::tensor(cells, at::kLong).view({batch.games, batch.context});
}

Tensor legal_tensor(const Batch& batch, int vocabulary) {
  return fill_legal(batch, vocabulary, [](std::uint64_t) { return 1.0F; });
}

Tensor expected_targets(const Batch& batch, int vocabulary) {
  if (!batch.chances.empty())
    return at::tensor(batch.chances, at::kFloat).view({batch.games, batch.context, vocabulary});
  return fill_legal(batch, vocabulary,
                    [](std::uint64_t bits) { return 1.0F / static_cast<float>(std::popcount(bits)); });
}

}  // namespace othello
