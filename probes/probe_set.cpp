#include "probes/probe_set.h"

#include <algorithm>

namespace othello {

int FittedProbe::class_index(const std::string& name) const {
  const auto found = std::find(classes.begin(), classes.end(), name);
  return found == classes.end() ? -1 : static_cast<int>(found - classes.begin());
}

std::string FittedProbe::describe() const {
  return fmt::format("the {} probe ({}) of {} at {}", kind, mode, target, site_name(site));
}

const FittedProbe* ProbeSet::find(const ProbeSite& site, const std::string& target, const std::string& mode,
                                  const std::string& kind) const {
  for (const auto& probe : probes)
    if (probe.site == site && probe.target == target && probe.mode == mode && probe.kind == kind) return &probe;
  return nullptr;
}

const FittedProbe* find_mover_probe(const ProbeSet& probes, const Site& site) {
  const auto* found = probes.find({site}, "mine-yours-empty", "by-parity", "ridge");
  return found != nullptr && found->frame == "mover" ? found : nullptr;
}

Tensor read_classes(const FittedProbe& probe, const Tensor& x) {
  const auto classes = static_cast<std::int64_t>(probe.classes.size());
  auto answers = torch::empty({x.size(0), x.size(1), probe.readout.weights[0].size(1) / classes}, at::kLong);
  for (const std::int64_t parity : {0, 1}) {
    if (x.size(1) < 2 - parity) continue;
    const auto& w = probe.readout.weights[parity];  // [width + 1, units·classes]
    const auto of_parity = [&](const Tensor& all) { return all.slice(1, 1 - parity, all.size(1), 2); };
    const auto scores = at::matmul(of_parity(x), w.narrow(0, 0, x.size(2))) + w[x.size(2)];
    of_parity(answers).copy_(scores.unflatten(2, {-1, classes}).argmax(3));
  }
  return answers;
}

Tensor square_indices(const BoardSize& board) {
  std::vector<std::int64_t> indices;
  for (const Square square : board_squares(board)) indices.push_back(square);
  return at::tensor(indices, at::kLong);
}

Tensor contrasts(const FittedProbe& probe, const std::vector<float>& contrast, int parity, const BoardSize& board) {
  const auto& weights = probe.readout.weights[parity];
  const auto classes = static_cast<std::int64_t>(probe.classes.size());
  if (!weights.defined()) fail("{} has no weights for {} plies", probe.describe(), parity == 0 ? "even" : "odd");
  if (weights.size(1) != board.square_count() * classes)
    fail("{} has no directions of squares: it reads one label per position", probe.describe());
  const auto width = weights.size(0) - 1;
  const auto w = weights.narrow(0, 0, width).view({width, -1, classes});
  auto all = torch::zeros({64, width}, at::kFloat);
  all.index_copy_(0, square_indices(board), at::matmul(w, at::tensor(contrast, at::kFloat)).t());
  return all;
}

Tensor directions(const FittedProbe& probe, int from, int to, int parity, const BoardSize& board) {
  std::vector<float> contrast(probe.classes.size(), 0.0F);
  contrast.at(static_cast<std::size_t>(from)) -= 1;
  contrast.at(static_cast<std::size_t>(to)) += 1;
  const auto all = contrasts(probe, contrast, parity, board);
  return all / all.norm(2, {1}, true).clamp_min(1e-12);
}

}  // namespace othello
