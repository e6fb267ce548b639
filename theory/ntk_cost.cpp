#include "theory/ntk_cost.h"

#include <algorithm>

#include "common/progress.h"
#include "theory/gram.h"
#include "theory/kernel_sources.h"
#include "theory/sketch.h"
#include "theory/spectrum_tables.h"

namespace othello {
namespace {

constexpr double kEigen = 10;  // operations of an eigendecomposition of n rows, in n³ at the speed of a product
constexpr double kInputs = 3;  // see input_sources
constexpr double kGibibyte = 1 << 30;

/// Seconds of a multiplication with addition in a product of fp64 matrices.
double seconds_of_product() {
  constexpr std::int64_t kRows = 384;
  const auto x = at::full({kRows, kRows}, 0.5, at::kDouble);
  x.mm(x);
  const Stopwatch clock;
  x.mm(x);
  return clock.seconds() / static_cast<double>(kRows * kRows * kRows) / 2;
}

/// Operations that reading the board and legality from a kernel takes: a factorisation for pooled weights and two of
/// half the size for weights by parity, and every ridge of every target. `features` is 0 for a kernel as a matrix.
double reading_operations(double n, double features, double outputs) {
  const double ridges = static_cast<double>(relative_ridges().size());
  if (features == 0 || features >= n) return 1.25 * kEigen * n * n * n + 1.5 * ridges * 2 * n * n * outputs;
  return 2 * (4 * n * features * features + kEigen * features * features * features) +
         2 * ridges * 2 * n * features * outputs;
}

struct Part {
  std::string name;
  double seconds = 0, bytes = 0;
};

GramOptions options_of(const NtkSettings& settings, std::int64_t budget, bool by_group) {
  return {.budget = budget, .workers = settings.workers, .by_group = by_group, .progress = {}};
}

}  // namespace

std::int64_t kernel_bytes(const Transformer& model, const NtkSettings& settings) {
  const double n = static_cast<double>(settings.fit), m = static_cast<double>(settings.report);
  const double kernels = settings.init_seeds + 1, groups = model.config().layers + 2;
  const double columns = settings.project == 0 ? n : static_cast<double>(settings.project);
  const double block = settings.project == 0 ? n : static_cast<double>(std::min(settings.fit, kExactBlock));
  const double factor = 8 * (2 * n * columns + 2 * columns * columns);  // of one worker at a time
  return static_cast<std::int64_t>(8 * kernels * (n + m) * columns + 8 * 2 * groups * block * block +
                                   settings.workers * factor);
}

std::int64_t tangent_budget(const Transformer& model, const NtkSettings& settings) {
  const auto held = kernel_bytes(model, settings);
  if (held < settings.memory) return settings.memory - held;
  fail(
      "kernels between {} positions{} and their factorisations need {:.3g} GiB and may take {:.3g} (--memory): ask for "
      "fewer positions{}",
      settings.fit, settings.project == 0 ? "" : fmt::format(" in {} dimensions", settings.project),
      static_cast<double>(held) / kGibibyte, static_cast<double>(settings.memory) / kGibibyte,
      settings.project == 0 ? ", or project the gradients (--project 4096)" : " or dimensions");
}

Json ntk_cost(const Transformer& model, const StudyPositions& positions, const NtkSettings& settings,
              std::size_t checkpoints) {
  const double n = static_cast<double>(positions.fit.size()), m = static_cast<double>(positions.report.size());
  const auto budget = tangent_budget(model, settings);
  const double held = static_cast<double>(kernel_bytes(model, settings));
  const auto output = tangent_output(settings, positions.fit.vocabulary);
  const NetworkTangents source(model, positions.fit, output);
  const double product = seconds_of_product(), workers = settings.workers;
  const double outputs = static_cast<double>(3 * positions.board.fit.size(1) + 2 * positions.legal.fit.size(1));
  const double kernels = settings.init_seeds + 1;

  std::vector<Part> parts;
  if (settings.project == 0) {
    const auto options = options_of(settings, budget, true);
    const auto plan = gram_plan(positions.fit.size(), positions.report.size(), source, options);
    parts.push_back(
        {"tangent kernels", kernels * gram_seconds(plan, source, options), held + static_cast<double>(plan.bytes)});
  } else {
    const auto block = std::min(positions.fit.size(), kExactBlock);
    const auto options = options_of(settings, budget, true);
    const auto plan = gram_plan(block, 0, source, options);
    const double sketches = sketch_seconds(static_cast<std::int64_t>(n + m), source,
                                           {.dimensions = settings.project, .workers = settings.workers});
    parts.push_back({"projected tangents", kernels * sketches + 2 * gram_seconds(plan, source, options),
                     held + static_cast<double>(plan.bytes)});
  }
  const double residuals = 2.0 * (model.config().layers + 1), width = model.config().d_model;
  const double one_hot =
      static_cast<double>(positions.fit.vocabulary.context() * (positions.fit.vocabulary.size() - 1));
  const auto reading = [&](double rows, double features) { return reading_operations(rows, features, outputs); };
  const double of_kernel = static_cast<double>(settings.project);
  double operations = kernels * reading(n, of_kernel) + kInputs * reading(n, one_hot) + residuals * reading(n, width);
  for (const double part : {2, 4, 8})  // training-size curves
    operations += 2 * reading(n / part, of_kernel) + reading(n / part, one_hot) + reading(n / part, width);
  parts.push_back({"regression", operations * product / workers, held});
  const double pool = std::min(n, static_cast<double>(kSpectrumRows));
  parts.push_back({"spectra", 2 * 2 * kEigen * pool * pool * pool * product, held});
  if (checkpoints > 0) {
    const auto options = options_of(settings, budget, false);
    const auto fit = std::min(settings.checkpoint_positions, positions.fit.size());
    const auto report = std::min(settings.checkpoint_positions / 2, positions.report.size());
    const auto plan = gram_plan(fit, report, source, options);
    const double each =
        gram_seconds(plan, source, options) + product * reading_operations(static_cast<double>(fit), 0, outputs);
    parts.push_back({"checkpoints", static_cast<double>(checkpoints) * each, held + static_cast<double>(plan.bytes)});
  }
  Json document{{"parts", Json::array()}};
  double seconds = 0, bytes = 0;
  for (const auto& part : parts) {
    document["parts"].push_back({{"name", part.name}, {"seconds", part.seconds}, {"bytes", part.bytes}});
    seconds += part.seconds;
    bytes = std::max(bytes, part.bytes);
  }
  document["seconds"] = seconds;
  document["bytes"] = bytes;
  return document;
}

}  // namespace othello
