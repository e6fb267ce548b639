#include "probes/logistic_probe.h"

#include <cmath>

namespace othello {
namespace {

constexpr double kTolerance = 1e-4;
// The first block's share of the games, then where each block ends (Voita & Titov 2020, §3.2).
const std::vector<double> kBlockEnds{0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.0625, 0.125, 0.25, 0.5, 1};

}  // namespace

std::int64_t ReadingTask::rows(const ProbeBatches& batches, const std::vector<int>& parities) {
  std::int64_t rows = 0;
  for (const auto& batch : batches)
    for (const int parity : parities) rows += batch->positions.count(parity);
  return rows;
}

std::int64_t ReadingTask::rows(const std::shared_ptr<const ProbeBatch>& batch) const {
  std::int64_t all = 0;
  for (const auto& parities : weight_sets(mode)) all += rows({batch}, parities);
  return all;
}

void add_scores(ProbeScore& score, const ReadingTask& task, const ProbeBatch& batch, const Predict& predict) {
  for (const auto& parities : weight_sets(task.mode))
    for (const int parity : parities)
      if (const auto logits = predict(batch, parity); logits.defined()) score.add(batch, 0, parity, logits);
}

Json or_null(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Predict LogisticProbe::predict(const ProbeInput& input) const {
  return [this, &input](const ProbeBatch& batch, int parity) {
    const auto& w = readout.weights[parity];
    return w.defined() ? input.apply(batch, parity, w) : Tensor();
  };
}

TensorList LogisticProbe::to_tensors() const {
  TensorList list{
      at::tensor({penalty, gradient, seconds, static_cast<double>(passes), converged ? 1.0 : 0.0,
                  readout.weights[0].defined() ? 1.0 : 0.0, readout.weights[1].defined() ? 1.0 : 0.0, chosen_at},
                 at::kDouble)};
  for (const auto& weights : readout.weights)
    if (weights.defined()) list.push_back(weights);
  return list;
}

LogisticProbe LogisticProbe::from_tensors(const TensorList& list) {
  const double* facts = list.at(0).data_ptr<double>();
  LogisticProbe probe;
  probe.penalty = facts[0], probe.gradient = facts[1], probe.seconds = facts[2];
  probe.passes = static_cast<int>(facts[3]);
  probe.converged = facts[4] != 0;
  probe.chosen_at = facts[7];
  std::size_t next = 1;
  for (const int parity : {0, 1})
    if (facts[5 + parity] != 0) probe.readout.weights[parity] = list.at(next++);
  return probe;
}

LogisticProbe fit_logistic_probe(const ReadingTask& task, const ProbeInput& input, const ProbeBatches& batches,
                                 double penalty, const Readout& start, const std::function<void()>& pause) {
  LogisticProbe probe;
  probe.penalty = penalty;
  for (const auto& parities : input.weight_sets(task.mode)) {
    if (ReadingTask::rows(batches, parities) == 0) {
      for (const int parity : parities)
        probe.readout.weights[parity] = torch::zeros({input.width(), task.target.outputs()}, at::kFloat);
      continue;
    }
    const auto fit = fit_logistic({input, batches, parities, 0, task.target.units, task.target.class_count()},
                                  {.l2 = penalty, .tolerance = kTolerance, .workers = task.workers, .pause = pause},
                                  start.weights[parities[0]]);
    for (const int parity : parities) probe.readout.weights[parity] = fit.weights;
    probe.gradient = std::max(probe.gradient, fit.gradient);
    probe.passes += fit.passes;
    probe.converged = probe.converged && fit.converged;
  }
  return probe;
}

Json description_length(const ReadingTask& task, const ProbeInput& input, const ProbeBatches& batches,
                        std::int64_t games, double penalty, const std::function<void()>& pause) {
  std::vector<std::size_t> ends;  // in batches
  for (const double share : kBlockEnds) {
    const auto end =
        first_games(batches, static_cast<std::int64_t>(std::ceil(share * static_cast<double>(games)))).size();
    if (ends.empty() || end > ends.back()) ends.push_back(end);
  }
  if (ends.size() < 2) return {{"name", input.name()}, {"undefined", "too few games"}};
  const auto labels = [&](std::size_t begin, std::size_t end) {
    std::int64_t rows = 0;
    for (std::size_t i = begin; i < end; ++i) rows += task.rows(batches[i]);
    return static_cast<double>(rows * task.target.units);
  };
  const double uniform = std::log2(static_cast<double>(task.target.class_count()));
  auto score = task.new_score(games);
  Json blocks = Json::array();
  double coded = 0, bits = 0;
  Readout start;
  for (std::size_t block = 0; block + 1 < ends.size(); ++block) {
    const ProbeBatches before(batches.begin(), batches.begin() + static_cast<std::ptrdiff_t>(ends[block]));
    const double part = labels(0, ends[block]) / labels(0, batches.size());
    auto fitted = fit_logistic_probe(task, input, before, penalty / part, start, pause);
    // Few games are told apart with certainty, and where all is certain there is no curvature to leave by.
    if (!fitted.converged) fitted = fit_logistic_probe(task, input, before, penalty / part, {}, pause);
    start = fitted.readout;
    for (std::size_t i = ends[block]; i < ends[block + 1]; ++i)
      add_scores(score, task, *batches[i], fitted.predict(input));
    const double now_coded = labels(ends[0], ends[block + 1]), now_bits = score.cross_entropy() * now_coded;
    blocks.push_back(
        {{"fit_games", games_of(before)}, {"cross_entropy", or_null((now_bits - bits) / (now_coded - coded))}});
    coded = now_coded, bits = now_bits;
  }
  const double first = labels(0, ends[0]) * uniform, all = labels(0, batches.size());
  auto length = score.sampled_cross_entropy();  // of the coded labels → of all of them
  auto compression = length;
  const auto convert = [&](double& bits_per_label, double& ratio) {
    bits_per_label = (first + bits_per_label * coded) / all;
    ratio = uniform / bits_per_label;
  };
  convert(length.value, compression.value);
  for (std::size_t i = 0; i < length.replicates.size(); ++i) convert(length.replicates[i], compression.replicates[i]);
  return {{"name", input.name()},
          {"labels", all},
          {"first_share", labels(0, ends[0]) / all},
          {"uniform", uniform},
          {"codelength", to_json(length)},
          {"compression", to_json(compression)},
          {"blocks", blocks}};
}

}  // namespace othello
