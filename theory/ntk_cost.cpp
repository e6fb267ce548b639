#include "theory/ntk_cost.h"

#include <algorithm>

#include "common/memory.h"
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

/// Bytes of a study at its various times.
struct StudyBytes {
  double kernels = 0;     // tangent kernels, also by group
  double beside = 0;      // the other sources, and what is read of all
  double regression = 0;  // while as many sources as there are workers are factorised and read
};

/// While one source is factorised and read (KernelRidge): n·F features or an n·n matrix, with `outputs` targets.
double reading_bytes(double n, double m, double features, bool pooled, double outputs) {
  const bool matrix = features == 0;
  const auto rank = [&](double rows) { return matrix ? rows : std::min(rows, features); };
  // Rows by parity are copies, those of all are not; eigenvectors stay.
  double kept = n * rank(n / 2) + (matrix ? (n + m) * n / 2 : (n + m) * features);
  if (pooled) kept += n * rank(n);
  const double rows = pooled ? n : n / 2, r = rank(rows);
  // Centred rows, a Gram matrix with its eigenvectors and what the decomposition works in; or shrunk eigenvectors.
  const double factorised = (matrix ? rows * rows : rows * features) + 5 * r * r + (matrix ? 0 : rows * r);
  return 8 * (kept + std::max(factorised, 2 * rows * r) + 8 * n * outputs);
}

StudyBytes study_bytes(const Transformer& model, const NtkSettings& settings) {
  const auto vocabulary = model.config().vocabulary();
  const double n = static_cast<double>(settings.fit), m = static_cast<double>(settings.report);
  const double kernels = settings.init_seeds + 1, groups = model.config().layers + 2;
  const double features = static_cast<double>(settings.project), columns = settings.project == 0 ? n : features;
  const double block = settings.project == 0 ? n : static_cast<double>(std::min(settings.fit, settings.exact_block));
  const double width = model.config().d_model, sites = 2.0 * (model.config().layers + 1);
  const double bag = vocabulary.size() - 1, one_hot = static_cast<double>(vocabulary.context()) * bag;
  const double outputs = 3.0 * vocabulary.board().square_count() + 2 * bag;
  StudyBytes bytes;
  bytes.kernels = 8 * (kernels * (n + m) * columns + 2 * groups * block * block);
  bytes.beside = 8 * (n + m) * (2 * (one_hot + bag) + sites * width + (kInputs + kernels + sites) * outputs);
  std::vector<double> readings{reading_bytes(n, m, one_hot, false, outputs),
                               reading_bytes(n, m, one_hot + bag, false, outputs)};
  readings.insert(readings.end(), static_cast<std::size_t>(kernels), reading_bytes(n, m, features, true, outputs));
  readings.insert(readings.end(), static_cast<std::size_t>(sites), reading_bytes(n, m, width, true, outputs));
  std::sort(readings.rbegin(), readings.rend());
  for (std::size_t i = 0; i < std::min(readings.size(), static_cast<std::size_t>(settings.workers)); ++i)
    bytes.regression += readings[i];
  return bytes;
}

/// Throws Error unless all but tangents fits.
StudyBytes bytes_within_memory(const Transformer& model, const NtkSettings& settings) {
  const auto bytes = study_bytes(model, settings);
  const double needed = bytes.kernels + bytes.beside + bytes.regression;
  if (needed >= static_cast<double>(settings.memory))
    fail(
        "kernels between {} positions{} and their factorisations need {:.3g} GiB and may take {:.3g} (--memory): ask "
        "for fewer positions{}{}",
        settings.fit, settings.project == 0 ? "" : fmt::format(" in {} dimensions", settings.project),
        needed / kGibibyte, static_cast<double>(settings.memory) / kGibibyte,
        settings.workers > 1 ? ", or fewer --workers" : "",
        settings.project == 0 ? ", or project the gradients (--project 4096)" : ", or dimensions");
  return bytes;
}

GramOptions block_options(const NtkSettings& settings, const Transformer& model) {
  const double kernels = study_bytes(model, settings).kernels;
  return options_of(settings, settings.memory - static_cast<std::int64_t>(kernels), true);
}

}  // namespace

std::int64_t tangent_budget(const Transformer& model, const NtkSettings& asked) {
  auto settings = asked;
  if (settings.project != 0) settings.exact_block = 0;  // is as large as there is room
  return settings.memory - static_cast<std::int64_t>(bytes_within_memory(model, settings).kernels);
}

std::int64_t series_budget(const Transformer& model, const NtkSettings& settings) {
  const auto bytes = study_bytes(model, settings);
  return settings.memory - static_cast<std::int64_t>(bytes.kernels + bytes.beside);
}

std::int64_t exact_block(const Transformer& model, const StudyPositions& positions, const NtkSettings& asked) {
  auto settings = asked;
  const NetworkTangents source(model, positions.fit, tangent_output(settings, positions.fit.vocabulary));
  for (auto rows = std::min(asked.exact_block, positions.fit.size()); rows >= kLeastExactBlock; rows /= 2) {
    settings.exact_block = rows;
    const auto options = block_options(settings, model);
    const auto bytes = study_bytes(model, settings);
    if (bytes.kernels + bytes.beside + bytes.regression < static_cast<double>(settings.memory) &&
        least_gram_bytes(rows, 0, source, options) <= std::min(static_cast<double>(options.budget), available_memory()))
      return rows;
  }
  return 0;
}

Json ntk_cost(const Transformer& model, const StudyPositions& positions, const NtkSettings& asked,
              std::size_t checkpoints) {
  auto settings = asked;
  if (settings.project != 0) settings.exact_block = exact_block(model, positions, settings);
  const double n = static_cast<double>(positions.fit.size()), m = static_cast<double>(positions.report.size());
  const auto budget = tangent_budget(model, settings);
  const auto bytes_of = bytes_within_memory(model, settings);
  const double held = bytes_of.kernels, all_held = held + bytes_of.beside;
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
    const SketchOptions sketch{
        .dimensions = settings.project, .workers = settings.workers, .budget = budget, .progress = {}};
    double seconds = kernels * sketch_seconds(static_cast<std::int64_t>(n + m), source, sketch);
    double bytes = sketch_bytes(positions.fit.size() + positions.report.size(), source.parameter_count(), sketch);
    if (bytes > static_cast<double>(budget))
      fail(
          "projections of {} positions to {} dimensions need {:.3g} GiB beside the kernels' {:.3g} and may take {:.3g} "
          "(--memory): ask for fewer of either",
          settings.fit + settings.report, settings.project, bytes / kGibibyte, held / kGibibyte,
          static_cast<double>(settings.memory) / kGibibyte);
    if (settings.exact_block > 0) {
      const auto options = block_options(settings, model);
      const auto plan = gram_plan(settings.exact_block, 0, source, options);
      seconds += 2 * gram_seconds(plan, source, options);
      bytes = std::max(bytes, static_cast<double>(plan.bytes));
    }
    parts.push_back({"projected tangents", seconds, held + bytes});
  }
  const double residuals = 2.0 * (model.config().layers + 1), width = model.config().d_model;
  const double one_hot =
      static_cast<double>(positions.fit.vocabulary.context() * (positions.fit.vocabulary.size() - 1));
  const auto reading = [&](double rows, double features) { return reading_operations(rows, features, outputs); };
  const double of_kernel = static_cast<double>(settings.project);
  double operations = kernels * reading(n, of_kernel) + kInputs * reading(n, one_hot) + residuals * reading(n, width);
  for (const double part : {2, 4, 8})  // training-size curves
    operations += 2 * reading(n / part, of_kernel) + reading(n / part, one_hot) + reading(n / part, width);
  parts.push_back({"regression", operations * product / workers, all_held + bytes_of.regression});
  const double pool = std::min(n, static_cast<double>(kSpectrumRows));
  parts.push_back({"spectra", 2 * 2 * kEigen * pool * pool * pool * product, all_held + 8 * 8 * pool * pool});
  if (checkpoints > 0) {
    auto options = options_of(settings, series_budget(model, settings), false);
    options.remedy = "ask for fewer --checkpoint-positions";
    const auto fit = std::min(settings.checkpoint_positions, positions.fit.size());
    const auto report = std::min(settings.checkpoint_positions / 2, positions.report.size());
    const auto plan = gram_plan(fit, report, source, options);
    const double each =
        gram_seconds(plan, source, options) + product * reading_operations(static_cast<double>(fit), 0, outputs);
    parts.push_back(
        {"checkpoints", static_cast<double>(checkpoints) * each, all_held + static_cast<double>(plan.bytes)});
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
