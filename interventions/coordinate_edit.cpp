#include "interventions/coordinate_edit.h"

#include <algorithm>

namespace othello {

CoordinateEdit::CoordinateEdit(std::map<ProbeSite, const FittedProbe*> probes, const BoardSize& board, Aim aim,
                               double scale, std::uint64_t seed)
    : aim_(aim), scale_(scale), seed_(seed) {
  for (const auto& [site, probe] : probes) {
    TensorList by_parity;
    for (const int parity : {0, 1}) {
      const auto& w = probe->readout.weights[parity];  // [width + 1, squares·classes]
      if (!w.defined() || w.size(1) != board.square_count() * kStates)
        fail("{} does not read mine, yours and empty of each square", probe->describe());
      auto whole = torch::zeros({64, w.size(0), kStates}, at::kFloat);
      whole.index_copy_(0, square_indices(board), w.view({w.size(0), -1, kStates}).transpose(0, 1).contiguous());
      by_parity.push_back(whole);
    }
    weights_[site] = at::cat(by_parity);
  }
}

Tensor CoordinateEdit::apply(const Tensor& x, const ProbeSite& site, const CaseBatch& batch) const {
  const auto found = weights_.find(site);
  if (found == weights_.end()) fail("there is no probe for {}", site_name(site));
  const auto width = x.size(2);
  const auto changes = state_changes(batch, aim_, seed_);
  // The rows of W of all squares that change at a cell stand side by side; cells with fewer have rows of zeros.
  const auto cells = batch.rows() * batch.positions();
  std::vector<std::int64_t> used(static_cast<std::size_t>(cells), 0), cell, place, square, from, to;
  for (const auto& c : changes) {
    cell.push_back(c.row * batch.positions() + c.pos);
    place.push_back(used[static_cast<std::size_t>(cell.back())]++);
    square.push_back(c.parity * 64 + c.square);
    from.push_back(c.from), to.push_back(c.to);
  }
  const auto most = *std::max_element(used.begin(), used.end());
  if (most == 0) return x;
  const auto index = [](const std::vector<std::int64_t>& values) { return at::tensor(values, at::kLong); };
  const auto whole = found->second.index_select(0, index(square));           // [changes, width + 1, classes]
  const auto slopes = whole.narrow(1, 0, width).transpose(1, 2);             // [changes, classes, width]
  const auto here = x.reshape({cells, width}).index_select(0, index(cell));  // [changes, width]
  const auto scores = at::matmul(slopes, here.unsqueeze(2)).squeeze(2) + whole.select(1, width);
  const auto old = index(from).unsqueeze(1), fresh = index(to).unsqueeze(1);
  const auto gap = scores.gather(1, old) - scores.gather(1, fresh);  // 0 if both are the same
  const auto step_of = torch::zeros_like(scores).scatter(1, old, -gap).scatter(1, fresh, gap);  // s′ − s
  auto w = torch::zeros({cells, most, kStates, width}, at::kFloat);
  auto step = torch::zeros({cells, most, kStates}, at::kFloat);
  w.index_put_({index(cell), index(place)}, slopes);
  step.index_put_({index(cell), index(place)}, step_of);
  const auto rows = w.view({cells, most * kStates, width}).to(at::kDouble);
  const auto gram = at::matmul(rows, rows.transpose(1, 2));  // [cells, k, k], of rank 2 for each square
  const auto parts = at::matmul(at::linalg_pinv(gram, 1e-6, true), step.view({cells, -1, 1}).to(at::kDouble));
  const auto change = at::matmul(rows.transpose(1, 2), parts).to(at::kFloat).view(x.sizes());
  return x + change * scale_;
}

}  // namespace othello
