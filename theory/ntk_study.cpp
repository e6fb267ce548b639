#include "theory/ntk_study.h"

#include <algorithm>

#include "theory/failure_factors.h"
#include "theory/kernel_training.h"
#include "theory/ntk_cost.h"
#include "theory/ntk_tables.h"
#include "theory/spectrum_tables.h"

namespace othello {
namespace {

/// A part of the progress, from `from` on.
struct Stretch {
  const NtkProgress& all;
  double from, length;
  std::string what;
  void operator()(double share) const { all(from + length * share, what); }
};

/// n/8, n/4, n/2 and n, but for what is too few.
std::vector<std::int64_t> nested_sizes(std::int64_t n) {
  std::vector<std::int64_t> sizes;
  for (const std::int64_t part : {8, 4, 2})
    if (n / part >= kFewestPositions / 2) sizes.push_back(n / part);
  sizes.push_back(n);
  return sizes;
}

std::vector<SourceReading> slice(const std::vector<SourceReading>& readings, std::size_t from, std::size_t count) {
  const auto begin = readings.begin() + static_cast<std::ptrdiff_t>(from);
  return {begin, begin + static_cast<std::ptrdiff_t>(count)};
}

Json reading_facts(const SourceReading& reading) {
  return {{"name", reading.name},
          {"ridge", reading.board.ridge},
          {"weights", reading.board.weights == SharedWeights::pooled ? "pooled" : "by-parity"},
          {"chosen_at", reading.board.chosen_at}};
}

/// Every tangent kernel that is compared: of each initialisation, then of the model.
std::vector<TangentKernel> tangent_kernels(const LoadedModel& loaded, const std::vector<std::uint64_t>& seeds,
                                           const StudyPositions& positions, const NtkSettings& settings,
                                           const Stretch& progress) {
  std::vector<TangentKernel> kernels;
  const auto count = static_cast<double>(seeds.size() + 1);
  const auto add = [&](const Transformer& model, bool by_group, const std::string& what) {
    const double from = progress.from + progress.length * static_cast<double>(kernels.size()) / count;
    kernels.push_back(tangent_kernel(model, positions, settings, by_group,
                                     Stretch{progress.all, from, progress.length / count, what}));
  };
  for (std::size_t i = 0; i < seeds.size(); ++i)
    add(Transformer(loaded.model.config(), seeds[i]), i == 0, fmt::format("kernel of initialisation {}", seeds[i]));
  add(loaded.model, true, "kernel after training");
  return kernels;
}

}  // namespace

Json ntk_study(const LoadedModel& loaded, const StudyPositions& positions, const NtkSettings& asked,
               const std::vector<SeriesCheckpoint>& series, const NtkProgress& progress) {
  auto settings = asked;
  settings.memory = tangent_budget(loaded.model, asked);
  settings.exact_block = exact_block(loaded.model, positions, asked);
  const auto seeds = initial_seeds(loaded, settings);
  const int workers = settings.workers;
  const double of_training = series.empty() ? 0 : 0.3;
  const auto kernels = tangent_kernels(loaded, seeds, positions, settings, {progress, 0, 0.6 - of_training, ""});
  const auto& trained_kernel = kernels.back();

  // Sources in order: inputs, kernels of initialisations, kernel after training, the residual streams of the model and
  // of its first initialisation.
  auto sources = input_sources(positions);
  const auto kernel = sources.size(), after = kernel + seeds.size();
  for (std::size_t i = 0; i < kernels.size(); ++i)
    sources.push_back(
        {i < seeds.size() ? fmt::format("kernel of seed {}", seeds[i]) : "after-kernel", kernels[i].rows});
  const auto residual = residual_sources(loaded.model, positions, workers);
  const auto untrained = residual_sources(Transformer(loaded.model.config(), seeds[0]), positions, workers);
  const auto first_site = sources.size(), sites = residual.size();
  sources.insert(sources.end(), residual.begin(), residual.end());
  sources.insert(sources.end(), untrained.begin(), untrained.end());
  const auto readings =
      read_sources(sources, positions, workers, Stretch{progress, 0.6 - of_training, 0.25, "regression"});
  const auto network = first_site + best_board(slice(readings, first_site, sites));
  const auto without = first_site + sites + best_board(slice(readings, first_site + sites, sites));
  const auto input = best_board(slice(readings, 0, kernel));

  const auto classes = positions.board.classes;
  const auto answer = [&](std::size_t source) { return answers(readings[source].board.scores, classes); };
  BoardAnswers answered{answers(majority_scores(positions.board, positions.plies), classes),
                        answer(input),
                        answer(after),
                        answer(without),
                        answer(network),
                        {}};
  for (std::size_t i = 0; i < seeds.size(); ++i) answered.kernel.push_back(answer(kernel + i));

  const auto sizes = nested_sizes(positions.fit.size());
  const std::vector<std::pair<std::string, std::size_t>> curves{
      {"input", input}, {"kernel", kernel}, {"after-kernel", after}, {"network", network}};
  std::vector<SourceRows> curved;
  for (const auto& [name, source] : curves) curved.push_back(sources[source]);
  auto nested = nested_answers(curved, positions, {sizes.begin(), sizes.end() - 1}, workers,
                               Stretch{progress, 0.85 - of_training, 0.05, "fewer positions"});

  Json document{{"frame", word_of(settings.frame)},
                {"kernel",
                 {{"output", settings.output},
                  {"method", settings.project == 0 ? "exact" : "sketch"},
                  {"dimensions", settings.project == 0 ? Json(nullptr) : Json(settings.project)},
                  {"sketch_error", nullptr},
                  {"exact_block", nullptr},
                  {"init_seeds", seeds},
                  {"contrast_seed", settings.output == "contrast" ? Json(settings.contrast_seed.value_or(settings.seed))
                                                                  : Json(nullptr)},
                  {"by_seed", Json::array()},
                  {"parameters", loaded.model.parameters().count()}}},
                {"chosen_by", settings.gcv ? "gcv" : "leave-one-out"},
                {"positions", {{"fit", positions.fit.size()}, {"report", positions.report.size()}, {"per_game", 1}}}};
  if (const auto& error = trained_kernel.sketch_error)
    document["kernel"]["sketch_error"] = {
        {"mean_cosine_error", error->mean_cosine_error}, {"rms", error->rms}, {"n", error->n}};
  if (settings.project != 0) document["kernel"]["exact_block"] = settings.exact_block;
  for (std::size_t i = 0; i < seeds.size(); ++i)
    document["kernel"]["by_seed"].push_back(
        {{"seed", seeds[i]},
         {"board_accuracy", to_json(concept_accuracy(positions.truth, {answered.kernel[i]})[0].accuracy)}});
  document["concepts"] = concepts_table(positions.truth, answered);
  document["sites"] = {
      {"input", readings[input].name}, {"network", readings[network].name}, {"untrained", readings[without].name}};
  document["readings"] = Json::array();
  for (const auto source : {input, kernel, after, without, network})
    document["readings"].push_back(reading_facts(readings[source]));
  document["legality"] =
      legality_table({network_scores(loaded.model, positions, workers), legal_scores("kernel", readings[kernel].legal),
                      legal_scores("after-kernel", readings[after].legal), legal_scores("input", readings[input].legal),
                      legal_scores("activation-probe", readings[network].legal)},
                     positions);
  document["curves"] = Json::array();
  for (std::size_t i = 0; i < curves.size(); ++i) {
    nested[i].push_back(answer(curves[i].second));
    document["curves"].push_back(curve_table(curves[i].first, size_curve(sizes, nested[i], positions.truth.states)));
  }
  document["failures"] = failure_factors(positions.report, positions.truth, answered.kernel[0], answered.network);
  document["failures"]["seed"] = seeds[0];
  document["feature_learning"] =
      feature_learning(positions.truth, readings[kernel].board.scores, readings[after].board.scores);
  progress(0.9 - of_training, "spectra");
  document["spectrum"] = {spectrum_table("init", kernels[0].rows, positions, readings[kernel].board)};
  progress(0.94 - of_training, "spectra");
  document["spectrum"].push_back(spectrum_table("trained", trained_kernel.rows, positions, readings[after].board));
  progress(0.97 - of_training, "spectra");
  document["layers"] = Json::array();  // none without kernels of groups: there was no memory for an exact block
  if (!trained_kernel.by_group.empty())
    document["layers"] = layers_table(kernels[0], trained_kernel, residual, positions, workers);
  document["training"] = nullptr;
  if (!series.empty()) {
    settings.memory = series_budget(loaded.model, asked);
    document["training"] = kernel_over_training(
        series, positions, settings, own_seed(loaded),
        [&](double share, const std::string& what) { progress(1 - of_training + of_training * share, what); });
  }
  return document;
}

}  // namespace othello
