#include "probes/inputs.h"

namespace othello {

Tensor ActivationInput::rows(const Positions& positions, const Activations& activations, int parity) const {
  const auto cells = at::tensor(positions.cells[parity], at::kLong);
  const auto x = activations[index_].index_select(0, cells);
  return at::cat({x, torch::ones({x.size(0), 1}, at::kFloat)}, 1);
}

void ActivationInput::accumulate(const Positions& positions, const Activations& activations,
                                 NormalEquations* sums) const {
  for (const int parity : {0, 1}) sums[parity].add(rows(positions, activations, parity), positions.indicators(parity));
}

Tensor ActivationInput::predict(const Positions& positions, const Activations& activations,
                                const Readout& readout) const {
  auto scores =
      torch::empty({static_cast<std::int64_t>(positions.rows.size()), positions.squares * kStates}, at::kFloat);
  for (const int parity : {0, 1})
    scores.index_copy_(0, at::tensor(positions.members[parity], at::kLong),
                       at::mm(rows(positions, activations, parity), readout.weights[parity]));
  return scores;
}

MoveInput::MoveInput(Kind kind, const Vocabulary& vocabulary)
    : ProbeInput(kind == Kind::majority       ? "majority"
                 : kind == Kind::bag_of_moves ? "bag-of-moves"
                                              : "one-hot"),
      kind_(kind),
      tokens_(vocabulary.size() - 1) {
  const std::int32_t plies = vocabulary.context();
  features_ = kind == Kind::majority ? 0 : kind == Kind::bag_of_moves ? tokens_ : plies * tokens_;
  intercepts_ = kind == Kind::bag_of_moves ? 1 : plies;
}

std::int32_t MoveInput::feature(std::int32_t ply, std::int64_t token) const {
  const auto move = static_cast<std::int32_t>(token) - 1;
  if (kind_ == Kind::majority) return -1;
  return kind_ == Kind::bag_of_moves ? move : (ply - 1) * tokens_ + move;
}

std::int32_t MoveInput::intercept(std::int32_t ply) const {
  return features_ + (kind_ == Kind::bag_of_moves ? 0 : ply - 1);
}

void MoveInput::accumulate(const Positions& p, const Activations&, NormalEquations* sums) const {
  std::vector<std::int32_t> active, hits(static_cast<std::size_t>(p.squares));
  for (std::size_t r = 0; r < p.rows.size(); ++r) {
    const auto row = p.rows[r];
    active.clear();
    for (std::int32_t ply = 1; ply <= row.ply; ++ply) {
      const auto column = feature(ply, p.batch.tokens[static_cast<std::size_t>(row.game * p.batch.context + ply - 1)]);
      if (column >= 0) active.push_back(column);
    }
    active.push_back(intercept(row.ply));
    for (std::size_t s = 0; s < hits.size(); ++s)
      hits[s] = static_cast<std::int32_t>(s) * kStates + p.states[r * hits.size() + s];
    sums[row.parity()].add_indicators(active, hits);
  }
}

Tensor MoveInput::predict(const Positions& p, const Activations&, const Readout& readout) const {
  const auto outputs = static_cast<std::size_t>(p.squares * kStates);
  auto scores = torch::empty({static_cast<std::int64_t>(p.rows.size()), p.squares * kStates}, at::kFloat);
  float* out = scores.data_ptr<float>();
  const float* weights[2] = {readout.weights[0].data_ptr<float>(), readout.weights[1].data_ptr<float>()};
  std::vector<float> running[2];  // by parity: the sum over the moves of this game so far
  const auto add = [&](float* to, int parity, std::int32_t column) {
    const float* from = weights[parity] + static_cast<std::size_t>(column) * outputs;
    for (std::size_t i = 0; i < outputs; ++i) to[i] += from[i];
  };
  std::int32_t game = -1, ply = 0;
  for (const auto& row : p.rows) {
    if (row.game != game) {
      game = row.game, ply = 0;
      for (auto& sum : running) sum.assign(outputs, 0);
    }
    for (++ply; ply <= row.ply; ++ply) {
      const auto column = feature(ply, p.batch.tokens[static_cast<std::size_t>(game * p.batch.context + ply - 1)]);
      for (const int parity : {0, 1})
        if (column >= 0) add(running[parity].data(), parity, column);
    }
    ply = row.ply;
    std::copy(running[row.parity()].begin(), running[row.parity()].end(), out);
    add(out, row.parity(), intercept(row.ply));
    out += outputs;
  }
  return scores;
}

}  // namespace othello
