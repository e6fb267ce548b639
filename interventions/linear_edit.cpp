#include "interventions/linear_edit.h"

#include "common/threads.h"

namespace othello {

Tensor direction_table(const FittedProbe& probe, const BoardSize& board) {
  constexpr int kEmpty = static_cast<int>(SquareState::empty);
  if (probe.classes != std::vector<std::string>{"mine", "yours", "empty"})
    fail("{} does not read mine, yours and empty", probe.describe());
  TensorList rows;
  for (const int parity : {0, 1})
    for (int from = 0; from < kStates; ++from)
      for (int to = 0; to < kStates; ++to) {
        std::vector<float> contrast(kStates, 0.0F);
        if (from != to && to == kEmpty) contrast = {-0.5F, -0.5F, 1};
        else contrast[static_cast<std::size_t>(from)] -= 1, contrast[static_cast<std::size_t>(to)] += 1;
        const auto whole = contrasts(probe, contrast, parity, board);  // [64, width]
        rows.push_back(whole / whole.norm(2, {1}, true).clamp_min(1e-12));
      }
  return at::cat(rows);
}

namespace {

/// The sum of the unit vectors of the squares that change: [rows, pos, width].
Tensor sum_of(const CaseBatch& batch, const std::vector<StateChange>& changes, const Tensor& table) {
  std::vector<std::int64_t> cells, rows;
  for (const auto& change : changes) {
    cells.push_back(change.row * batch.positions() + change.pos);
    rows.push_back(row_of(change));
  }
  auto sum = torch::zeros({batch.rows() * batch.positions(), table.size(1)}, at::kFloat);
  if (!cells.empty())
    sum.index_add_(0, at::tensor(cells, at::kLong), table.index_select(0, at::tensor(rows, at::kLong)));
  return sum.view({batch.rows(), batch.positions(), table.size(1)});
}

}  // namespace

Directions::Directions(const std::vector<CaseBatch>& batches, const std::map<ProbeSite, Tensor>& tables, Aim aim,
                       std::uint64_t seed, int workers)
    : by_batch_(batches.size()) {
  parallel_for(static_cast<int>(batches.size()), workers, [&](int index, int) {
    const at::NoGradGuard no_grad;
    const auto& batch = batches[static_cast<std::size_t>(index)];
    const auto changes = state_changes(batch, aim, seed);
    for (const auto& [site, table] : tables) by_batch_[batch.number][site] = sum_of(batch, changes, table);
  });
}

const Tensor& Directions::of(const CaseBatch& batch, const ProbeSite& site) const {
  const auto& all = by_batch_.at(batch.number);
  const auto found = all.find(site);
  if (found == all.end()) fail("there are no directions for {}", site_name(site));
  return found->second;
}

Tensor LinearEdit::apply(const Tensor& x, const ProbeSite& site, const CaseBatch& batch) const {
  const auto step = directions_->of(batch, site) * size_.scale;
  return x + (size_.relative ? step * x.norm(2, {2}, true) : step);
}

}  // namespace othello
