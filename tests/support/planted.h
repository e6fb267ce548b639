// Activations with something planted in them, for tests of probes.
#pragma once

#include "tests/support/probes.h"

namespace othello::test {

/// A batch of real games whose activations are standard normal, [rows, width], and whose labels `label(x)` gives from
/// them: [rows, units] uint8.
template <class Label>
std::shared_ptr<const ProbeBatch> planted_batch(std::uint64_t first, std::int64_t games, std::int64_t width,
                                                const Label& label) {
  auto batch = std::make_shared<ProbeBatch>(probe_batch(kBoard6, first, games));
  const auto rows = static_cast<std::int64_t>(batch->positions.rows.size());
  auto x = torch::empty({rows, width}, at::kFloat);
  Stream(3).child("planted").normal(first, {x.data_ptr<float>(), static_cast<std::size_t>(x.numel())});
  const Tensor labels = label(x).to(at::kByte).contiguous();
  batch->activations = {x};
  batch->labels = {{labels.data_ptr<std::uint8_t>(), labels.data_ptr<std::uint8_t>() + labels.numel()}};
  return batch;
}

/// Games 0 … games·batches−1, in batches.
template <class Label>
ProbeBatches planted_batches(int batches, std::int64_t games, std::int64_t width, const Label& label,
                             std::int64_t first = 0) {
  ProbeBatches made;
  for (int i = 0; i < batches; ++i)
    made.push_back(planted_batch(static_cast<std::uint64_t>(first + i * games), games, width, label));
  return made;
}

/// Share of labels that scores [rows, units·classes] give, for one parity.
inline double accuracy(const ProbeBatch& batch, int parity, const Tensor& scores, std::int64_t units) {
  const auto count = batch.positions.count(parity);
  const auto answers = scores.view({count, units, -1}).argmax(2).contiguous();
  const auto* labels = batch.labels[0].data() + batch.positions.begin[parity] * units;
  std::int64_t right = 0;
  for (std::int64_t i = 0; i < answers.numel(); ++i) right += answers.data_ptr<std::int64_t>()[i] == labels[i];
  return static_cast<double>(right) / static_cast<double>(answers.numel());
}

}  // namespace othello::test
