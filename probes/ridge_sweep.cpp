#include "probes/ridge_sweep.h"

#include <algorithm>

#include "common/progress.h"
#include "common/threads.h"

namespace othello {
namespace {

const std::vector<double> kRidges{1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1};
const std::vector<double> kCurveRidges{1e-5, 1e-3, 1e-1};  // fewer games want more
constexpr int kCurvePoints = 5;                            // besides all games: 1/2, 1/4, …
constexpr std::int64_t kLeastCurveGames = 64;
constexpr double kSecondsBetweenSaves = 120;

/// Rows and units whose largest score is the true class's, for scores of several probes side by side: adds to `right`.
void count_right(const ProbeBatch& batch, const Target& target, std::size_t index, int parity, const Tensor& scores,
                 std::vector<double>& right) {
  const auto classes = target.class_count(), rows = batch.positions.count(parity);
  const auto* label = batch.labels[index].data() + batch.positions.begin[parity] * target.units;
  const float* score = scores.data_ptr<float>();
  for (std::int64_t row = 0; row < rows; ++row, label += target.units)
    for (auto& of_probe : right) {
      std::int64_t hits = 0;
      for (std::int64_t unit = 0; unit < target.units; ++unit, score += classes) {
        std::int64_t best = 0;
        for (std::int64_t c = 1; c < classes; ++c)
          if (score[c] > score[best]) best = c;
        hits += best == label[unit] ? 1 : 0;
      }
      of_probe += static_cast<double>(hits);
    }
}

double share_of(std::int64_t games, const GameRange& range) {
  return static_cast<double>(games) / static_cast<double>(range.count);
}

}  // namespace

RidgeSweep::RidgeSweep(const ActivationStream& stream, std::vector<SweepInput> inputs, std::vector<Mode> modes)
    : stream_(stream), inputs_(std::move(inputs)), modes_(std::move(modes)) {
  for (const auto& wanted : inputs_) {
    std::vector<std::int64_t> outputs;
    for (const auto target : wanted.targets) outputs.push_back(stream.targets()[target].outputs());
    sums_.push_back({NormalEquations(*wanted.input, outputs), NormalEquations(*wanted.input, outputs)});
  }
}

NormalEquations RidgeSweep::sums_of(std::size_t input, const std::vector<int>& parities) const {
  if (parities.size() == 1) return sums_[input][static_cast<std::size_t>(parities[0])];
  auto sums = sums_[input][0].copy();
  return sums += sums_[input][1];
}

std::vector<RidgeSweep::Candidates> RidgeSweep::plan(std::int64_t games, bool curve) const {
  const auto& ridges = curve ? kCurveRidges : kRidges;
  std::vector<Candidates> all;
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    if (curve && !inputs_[i].curve) continue;
    for (const auto mode : curve ? std::vector<Mode>{modes_[0]} : modes_)
      for (const auto target : curve ? std::vector<std::size_t>{inputs_[i].targets[0]} : inputs_[i].targets)
        all.push_back({i, target, mode, games, ridges, std::vector<Readout>(ridges.size()),
                       std::vector<double>(ridges.size()), 0});
  }
  return all;
}

void RidgeSweep::solve(std::vector<Candidates>& candidates) const {
  struct Task {
    std::size_t first, count;  // candidates of one input and mode: they share a system
    std::vector<int> parities;
    std::size_t ridge;
  };
  std::vector<Task> tasks;
  for (std::size_t first = 0; first < candidates.size();) {
    const auto& of = candidates[first];
    std::size_t count = 1;
    while (first + count < candidates.size() && candidates[first + count].input == of.input &&
           candidates[first + count].mode == of.mode)
      ++count;
    for (const auto& parities : inputs_[of.input].input->weight_sets(of.mode))
      for (std::size_t r = 0; r < of.ridges.size(); ++r) tasks.push_back({first, count, parities, r});
    first += count;
  }
  const auto width = [&](const Task& task) { return inputs_[candidates[task.first].input].input->width(); };
  // The widest systems first: they take longest.
  std::stable_sort(tasks.begin(), tasks.end(), [&](const Task& a, const Task& b) { return width(a) > width(b); });
  parallel_for(static_cast<int>(tasks.size()), stream_.workers(), [&](int index, int) {
    const at::NoGradGuard no_grad;
    const auto& task = tasks[static_cast<std::size_t>(index)];
    const auto& of = candidates[task.first];
    const auto solutions =
        solve_ridge(*inputs_[of.input].input, sums_of(of.input, task.parities), of.ridges[task.ridge]);
    for (std::size_t i = 0; i < task.count; ++i)
      for (const int parity : task.parities)
        candidates[task.first + i].readouts[task.ridge].weights[parity] = solutions[i];
  });
}

void RidgeSweep::accumulate(const GameRange& range, Unfinished& unfinished, const SweepProgress& progress) {
  std::vector<std::int64_t> ends;  // where learning curves have a point, and the end
  for (int k = kCurvePoints; k > 0; --k)
    if (const auto end = range.count >> k; end >= kLeastCurveGames) ends.push_back(end);
  ends.push_back(range.count);
  const auto curve_name = [](std::int64_t end) { return fmt::format("curve-{}", end); };
  const auto tensors = [&](const auto& visit) {
    for (auto& sums : sums_)
      for (auto& of_parity : sums) {
        visit(of_parity.gram);
        visit(of_parity.rows);
        for (auto& cross : of_parity.cross) visit(cross);
      }
  };
  std::int64_t done = 0;
  const auto save = [&] {
    TensorList list;
    tensors([&](Tensor& tensor) { list.push_back(tensor); });
    unfinished.save("sums", list, done);
  };
  if (const auto saved = unfinished.load("sums", &done)) {
    std::size_t next = 0;
    tensors([&](Tensor& tensor) { tensor = saved->at(next++); });
  }
  Stopwatch since_save;
  for (const auto end : ends) {
    const auto begin = done;
    if (begin < end)
      stream_.run(
          {range.first + begin, end - begin}, static_cast<int>(2 * inputs_.size()),
          [&](int reader, const std::shared_ptr<const ProbeBatch>& batch) {
            const auto i = static_cast<std::size_t>(reader / 2);
            const int parity = reader % 2;
            TensorList of_targets;
            for (const auto target : inputs_[i].targets) {
              const auto& wanted = stream_.targets()[target];
              of_targets.push_back(indicators(*batch, target, parity, wanted.units, wanted.class_count()));
            }
            sums_[i][static_cast<std::size_t>(parity)].add(*inputs_[i].input, *batch, parity, of_targets);
          },
          [&](std::int64_t games) {
            done = begin + games;
            try {
              progress(share_of(done, range), "fitting");
            } catch (...) {
              save();
              throw;
            }
            if (since_save.seconds() < kSecondsBetweenSaves) return;
            save();
            since_save = Stopwatch();
          });
    if (end == range.count) break;
    auto points = plan(end, true);
    const auto weights = [&](const auto& visit) {
      for (auto& point : points)
        for (auto& readout : point.readouts)
          for (const auto& parities : inputs_[point.input].input->weight_sets(point.mode))
            for (const int parity : parities) visit(readout.weights[parity]);
    };
    if (const auto saved = unfinished.load(curve_name(end))) {
      std::size_t next = 0;
      weights([&](Tensor& tensor) { tensor = saved->at(next++); });
    } else {
      solve(points);
      TensorList list;
      weights([&](Tensor& tensor) { list.push_back(tensor); });
      unfinished.save(curve_name(end), list);
    }
    for (auto& point : points) early_.push_back(std::move(point));
  }
  save();
}

void RidgeSweep::fit(const GameSplit& split, Unfinished& unfinished, const SweepProgress& progress) {
  accumulate(split.fit, unfinished, [&](double share, const std::string& what) { progress(0.7 * share, what); });
  progress(0.7, "solving");
  auto candidates = plan(split.fit.count, false);
  solve(candidates);
  for (auto& early : early_) candidates.push_back(std::move(early));
  early_.clear();
  choose(split.choose, std::move(candidates),
         [&](double share, const std::string& what) { progress(0.8 + 0.2 * share, what); });
}

void RidgeSweep::choose(const GameRange& range, std::vector<Candidates> candidates, const SweepProgress& progress) {
  stream_.run(
      range, static_cast<int>(candidates.size()),
      [&](int reader, const std::shared_ptr<const ProbeBatch>& batch) {
        auto& candidate = candidates[static_cast<std::size_t>(reader)];
        const auto& target = stream_.targets()[candidate.target];
        for (const int parity : {0, 1}) {
          if (!candidate.readouts[0].weights[parity].defined()) continue;
          candidate.asked += static_cast<double>(batch->positions.count(parity) * target.units);
          TensorList weights;
          for (const auto& readout : candidate.readouts) weights.push_back(readout.weights[parity]);
          count_right(*batch, target, candidate.target, parity,
                      inputs_[candidate.input].input->apply(*batch, parity, at::cat(weights, 1)), candidate.right);
        }
      },
      [&](std::int64_t games) { progress(share_of(games, range), "choosing"); });
  for (auto& c : candidates) {
    const auto best = static_cast<std::size_t>(std::max_element(c.right.begin(), c.right.end()) - c.right.begin());
    SweepProbe probe;
    probe.input = c.input, probe.target = c.target, probe.mode = c.mode, probe.fit_games = c.games;
    probe.ridge = c.ridges[best];
    probe.chosen_at = c.asked > 0 ? c.right[best] / c.asked : 0;
    probe.readout = c.readouts[best];
    probes_.push_back(std::move(probe));
  }
}

void RidgeSweep::add_low_rank(std::size_t index, const std::vector<std::int64_t>& ranks) {
  const auto& of = probes_[index];
  const auto& input = *inputs_[of.input].input;
  std::vector<Readout> readouts(ranks.size());
  for (const auto& parities : input.weight_sets(of.mode)) {
    const auto reduced = reduced_rank(input, sums_of(of.input, parities).gram, of.readout.weights[parities[0]], ranks);
    for (std::size_t r = 0; r < ranks.size(); ++r)
      for (const int parity : parities) readouts[r].weights[parity] = reduced[r];
  }
  for (std::size_t r = 0; r < ranks.size(); ++r) {
    SweepProbe probe;
    probe.input = probes_[index].input, probe.target = probes_[index].target, probe.mode = probes_[index].mode;
    probe.fit_games = probes_[index].fit_games, probe.ridge = probes_[index].ridge;
    probe.rank = ranks[r];
    probe.readout = readouts[r];
    probes_.push_back(std::move(probe));
  }
}

void RidgeSweep::report(const ActivationStream& stream, const GameRange& range, const SweepProgress& progress) {
  for (auto& probe : probes_)
    probe.score =
        std::make_unique<ProbeScore>(stream.targets()[probe.target], stream.vocabulary(), range.count, Scores::ranks);
  stream.run(
      range, static_cast<int>(probes_.size()),
      [&](int reader, const std::shared_ptr<const ProbeBatch>& batch) {
        auto& probe = probes_[static_cast<std::size_t>(reader)];
        for (const int parity : {0, 1})
          if (const auto& weights = probe.readout.weights[parity]; weights.defined())
            probe.score->add(*batch, probe.target, parity, inputs_[probe.input].input->apply(*batch, parity, weights));
      },
      [&](std::int64_t games) { progress(share_of(games, range), "reading"); });
}

std::pair<Tensor, Tensor> RidgeSweep::moments(std::size_t input) const {
  const auto features = inputs_[input].input->features();
  const auto sums = sums_of(input, {0, 1});
  const auto rows = sums.rows.clamp_min(1.0);
  // The indicators of one unit add up to 1 in every row.
  const auto classes = stream_.targets()[inputs_[input].targets[0]].class_count();
  const auto mean = sums.cross[0].narrow(0, 0, features).narrow(1, 0, classes).sum(1) / rows;
  const auto variance = sums.gram.diagonal().narrow(0, 0, features) / rows - mean.square();
  return {mean.to(at::kFloat), variance.clamp_min(0.0).sqrt().to(at::kFloat)};
}

}  // namespace othello
