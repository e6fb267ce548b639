#include "interventions/gradient_edit.h"

#include <algorithm>

namespace othello {

Tensor GradientEdit::apply(const Tensor& x, const ProbeSite& site, const CaseBatch& batch) const {
  const auto found = readouts_.find(site);
  if (found == readouts_.end()) fail("there is no probe for {}", site_name(site));
  const auto changes = state_changes(batch, aim_, seed_);
  const auto cells = batch.rows() * batch.positions(), units = static_cast<std::int64_t>(squares_.size());
  auto labels = torch::empty({cells, units}, at::kLong);
  auto weights = at::full({cells, units}, kUnchangedWeight, at::kFloat);
  auto* label = labels.data_ptr<std::int64_t>();
  std::vector<std::int64_t> of_parity[2];  // cells that change
  for (std::int64_t row = 0; row < batch.rows(); ++row) {
    const Case& c = *batch.cases[static_cast<std::size_t>(row)];
    for (std::int64_t pos = 0; pos < batch.positions(); ++pos) {
      const auto ply = c.ply() - batch.positions() + pos + 1;
      const auto& board = c.facts[static_cast<std::size_t>(ply - 1)].after;
      for (const auto square : squares_) *label++ = static_cast<std::int64_t>(state(board, square));
    }
  }
  for (const auto& change : changes) {
    const auto cell = change.row * batch.positions() + change.pos;
    const auto unit = std::lower_bound(squares_.begin(), squares_.end(), change.square) - squares_.begin();
    labels[cell][unit] = change.to;
    weights[cell][unit] = 1;
    auto& cells_of = of_parity[change.parity];
    if (change.from != change.to && (cells_of.empty() || cells_of.back() != cell)) cells_of.push_back(cell);
  }
  auto edited = x.reshape({cells, -1}).clone();
  for (const std::size_t parity : {0U, 1U}) {
    if (of_parity[parity].empty()) continue;
    const auto index = at::tensor(of_parity[parity], at::kLong);
    const auto part = [&](const Tensor& all) { return all.index_select(0, index); };
    edited.index_copy_(0, index,
                       descend(found->second[parity], part(edited), part(labels), part(weights), settings_).x);
  }
  return edited.view(x.sizes());
}

}  // namespace othello
