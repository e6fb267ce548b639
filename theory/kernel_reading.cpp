#include "theory/kernel_reading.h"

#include <cmath>

#include "theory/kernel_distance.h"

namespace othello {
namespace {

/// A ridge and sharing of weights with what they are chosen by: larger is better.
struct Candidate {
  const KernelRidge* machine = nullptr;
  SharedWeights weights = SharedWeights::pooled;
  double relative = 0, worth = 0;
};

double worth_of(const KernelRidge& machine, const LabelRows& target, const KernelRidge::Projected& projected,
                double ridge) {
  if (target.choice == RidgeChoice::gcv) return -machine.gcv(projected, ridge);
  const auto left_out = machine.left_out(projected, ridge);
  if (target.choice == RidgeChoice::left_out_squares) return -(left_out - projected.y).square().mean().item<double>();
  return share_right(answers(left_out, target.classes), target.fit);
}

}  // namespace

Tensor answers(const Tensor& scores, std::int64_t classes) {
  return scores.view({scores.size(0), -1, classes}).argmax(2);
}

double share_right(const Tensor& answered, const Tensor& labels) {
  return (answered == labels).to(at::kDouble).mean().item<double>();
}

const std::vector<double>& relative_ridges() {
  static const std::vector<double> kRidges = [] {
    std::vector<double> all;
    for (int half = -12; half <= 2; ++half) all.push_back(std::pow(10.0, half / 2.0));
    return all;
  }();
  return kRidges;
}

std::vector<KernelReading> read_labels(const KernelRows& kernel, const RowPlies& plies,
                                       const std::vector<LabelRows>& targets,
                                       const std::vector<SharedWeights>& weights) {
  std::vector<KernelRidge> machines;
  machines.reserve(weights.size());
  for (const auto shared : weights) machines.emplace_back(kernel, plies, shared);
  std::vector<KernelReading> readings;
  for (const auto& target : targets) {
    const auto y = indicators(target.fit, target.classes);
    Candidate best;
    for (std::size_t i = 0; i < machines.size(); ++i) {
      const auto projected = machines[i].project(y);
      for (const double relative : relative_ridges()) {
        const double worth = worth_of(machines[i], target, projected, relative * machines[i].scale());
        if (best.machine == nullptr || worth > best.worth) best = {&machines[i], weights[i], relative, worth};
      }
    }
    const double ridge = best.relative * best.machine->scale();
    const auto projected = best.machine->project(y);
    KernelReading reading{best.machine->left_out(projected, ridge), best.machine->predict(projected, ridge),
                          best.relative, best.weights, 0};
    reading.chosen_at = share_right(answers(reading.left_out, target.classes), target.fit);
    readings.push_back(std::move(reading));
  }
  return readings;
}

Tensor majority_scores(const LabelRows& target, const RowPlies& plies) {
  const auto y = indicators(target.fit, target.classes);
  const auto last = std::max(plies.fit.max().item<std::int64_t>(), plies.report.max().item<std::int64_t>());
  // A small share of all plies decides where a ply has no row, and between equals.
  const auto counts = y.mean(0, true).repeat({last + 1, 1}) * 1e-3;
  counts.index_add_(0, plies.fit, y);
  return counts.index_select(0, plies.report);
}

}  // namespace othello
