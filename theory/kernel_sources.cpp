#include "theory/kernel_sources.h"

#include <algorithm>
#include <mutex>

#include "common/interrupt.h"
#include "common/threads.h"

namespace othello {
namespace {

/// `task(index)` for every index, several at once; `progress` gets the share that is done.
void each(std::size_t count, int workers, const std::function<void(std::size_t)>& task,
          const std::function<void(double)>& progress) {
  std::mutex mutex;
  std::size_t done = 0;
  parallel_for(static_cast<int>(count), workers, [&](int index, int) {
    if (interrupted()) throw Interrupted{};
    task(static_cast<std::size_t>(index));
    const std::lock_guard lock(mutex);
    progress(static_cast<double>(++done) / static_cast<double>(count));
  });
}

TangentKernel exact_kernel(const NetworkTangents& fit, const NetworkTangents* report, const NtkSettings& settings,
                           bool by_group, const std::function<void(double)>& progress) {
  auto made =
      gram(fit, report,
           {.budget = settings.memory, .workers = settings.workers, .by_group = by_group, .progress = progress});
  return {{made.fit, made.report, false}, std::nullopt, std::move(made.groups), std::move(made.fit_by_group)};
}

}  // namespace

TangentKernel tangent_kernel(const Transformer& model, const StudyPositions& positions, const NtkSettings& settings,
                             bool by_group, const std::function<void(double)>& progress) {
  const auto output = tangent_output(settings, positions.fit.vocabulary);
  const NetworkTangents fit(model, positions.fit, output), report(model, positions.report, output);
  if (settings.project == 0) return exact_kernel(fit, &report, settings, by_group, progress);

  const double n = static_cast<double>(fit.rows()), m = static_cast<double>(report.rows());
  const double exact = by_group && settings.exact_block > 0 ? 0.1 : 0;  // share of the progress
  const auto sketch = [&](const NetworkTangents& of, double from, double share) {
    return sketched_tangents(of, {.dimensions = settings.project,
                                  .seed = settings.seed,
                                  .workers = settings.workers,
                                  .budget = settings.memory,
                                  .progress = [&](double done) { progress(from + share * done); }});
  };
  const auto fit_features = sketch(fit, 0, (1 - exact) * n / (n + m));
  const auto report_features = sketch(report, (1 - exact) * n / (n + m), (1 - exact) * m / (n + m));
  TangentKernel kernel;
  if (by_group && settings.exact_block > 0) {
    const auto block = first_positions(positions, settings.exact_block, 0);
    kernel = exact_kernel(NetworkTangents(model, block.fit, output), nullptr, settings, true,
                          [&](double done) { progress(1 - exact + exact * done); });
    kernel.sketch_error = sketch_error(fit_features, kernel.rows.fit);
  }
  kernel.rows = {fit_features.to(at::kDouble), report_features.to(at::kDouble), true};
  return kernel;
}

std::vector<SourceRows> input_sources(const StudyPositions& positions) {
  const auto one_hot = [](const PositionSample& sample) { return sample.one_hot().to(at::kDouble); };
  const auto moves = positions.fit.vocabulary.size() - 1;
  const auto bag = [&](const Tensor& x) { return x.view({x.size(0), -1, moves}).sum(1); };
  const auto fit = one_hot(positions.fit), report = one_hot(positions.report);
  const auto fit_bag = bag(fit), report_bag = bag(report);
  const std::vector<SharedWeights> by_parity{SharedWeights::by_parity};
  return {{"one-hot", {fit, report, true}, by_parity},
          {"bag-of-moves", {fit_bag, report_bag, true}, by_parity},
          {"one-hot+bag-of-moves", {at::cat({fit, fit_bag}, 1), at::cat({report, report_bag}, 1), true}, by_parity}};
}

std::vector<SourceRows> residual_sources(const Transformer& model, const StudyPositions& positions, int workers) {
  std::vector<SourceRows> sources;
  for (const auto& site : residual_sites(model.config())) {
    const auto fit = positions.fit.activations(model, site, workers).to(at::kDouble);
    const auto report = positions.report.activations(model, site, workers).to(at::kDouble);
    const auto deviation = centred_rows(fit, positions.plies.fit).square().mean(0, true).sqrt().clamp_min(1e-12);
    const auto mean = fit.mean(0, true);
    sources.push_back({site_name(site), {(fit - mean) / deviation, (report - mean) / deviation, true}});
  }
  return sources;
}

std::vector<SourceReading> read_sources(const std::vector<SourceRows>& sources, const StudyPositions& positions,
                                        int workers, const std::function<void(double)>& progress) {
  std::vector<SourceReading> readings(sources.size());
  each(
      sources.size(), workers,
      [&](std::size_t i) {
        auto read =
            read_labels(sources[i].rows, positions.plies, {positions.board, positions.legal}, sources[i].weights);
        readings[i] = {sources[i].name, std::move(read[0]), std::move(read[1])};
      },
      progress);
  return readings;
}

std::size_t best_board(const std::vector<SourceReading>& readings) {
  const auto best = std::max_element(readings.begin(), readings.end(), [](const auto& a, const auto& b) {
    return a.board.chosen_at < b.board.chosen_at;
  });
  return static_cast<std::size_t>(best - readings.begin());
}

std::vector<std::vector<Tensor>> nested_answers(const std::vector<SourceRows>& sources, const StudyPositions& positions,
                                                const std::vector<std::int64_t>& sizes, int workers,
                                                const std::function<void(double)>& progress) {
  std::vector<std::vector<Tensor>> found(sources.size(), std::vector<Tensor>(sizes.size()));
  each(
      sources.size() * sizes.size(), workers,
      [&](std::size_t i) {
        const auto& source = sources[i / sizes.size()];
        const auto size = sizes[i % sizes.size()];
        const auto read = read_labels(source.rows.first(size), positions.plies.first(size),
                                      {positions.board.first(size)}, source.weights);
        found[i / sizes.size()][i % sizes.size()] = answers(read[0].scores, positions.board.classes);
      },
      progress);
  return found;
}

}  // namespace othello
