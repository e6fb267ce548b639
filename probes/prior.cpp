#include "probes/prior.h"

namespace othello {

Prior::Prior(const Target& target, std::int64_t context)
    : counts_(torch::zeros({context, target.units, target.class_count()}, at::kDouble)) {}

void Prior::add(const ProbeBatch& batch, std::size_t target) {
  const auto units = counts_.size(1), classes = counts_.size(2);
  const std::uint8_t* label = batch.labels[target].data();
  for (const auto& row : batch.positions.rows) {
    double* counts = counts_.data_ptr<double>() + (row.ply - 1) * units * classes;
    for (std::int64_t unit = 0; unit < units; ++unit) ++counts[unit * classes + *label++];
  }
}

Tensor Prior::logits(const ProbeBatch& batch, int parity) const {
  const auto smoothed = counts_ + 0.5;
  const auto table = (smoothed / smoothed.sum(2, true)).log().flatten(1).to(at::kFloat);  // [context, units·classes]
  std::vector<std::int64_t> plies;
  for (auto row = batch.positions.begin[parity]; row < batch.positions.begin[parity + 1]; ++row)
    plies.push_back(batch.positions.rows[static_cast<std::size_t>(row)].ply - 1);
  return table.index_select(0, at::tensor(plies, at::kLong));
}

}  // namespace othello
