#include "theory/spectrum_tables.h"

#include <algorithm>
#include <cmath>

#include "common/interrupt.h"
#include "common/threads.h"
#include "data/labels.h"
#include "theory/kernel_distance.h"
#include "theory/kernel_spectrum.h"
#include "theory/learnability.h"

namespace othello {
namespace {

constexpr std::int64_t kTop = 50;  // eigenvectors whose span is asked for concepts

Json or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json named(const SpectralConcept& idea) {
  return {{"name", idea.name}, {"flips", idea.flips ? Json(flips_name(*idea.flips)) : Json(nullptr)}};
}

/// How much of a concept a source reads right. The colour of the discs on one rung is what it reads of these discs.
Json accuracy_of(const SpectralConcept& idea, const std::vector<Concept>& read) {
  const auto name = idea.flips ? "board" : idea.name;
  const auto found = std::find_if(read.begin(), read.end(),
                                  [&](const Concept& one) { return one.name == name && one.flips == idea.flips; });
  return found == read.end() ? Json(nullptr) : to_json(found->accuracy);
}

/// Share of y in the span of orthonormal vectors.
double share(const Tensor& vectors, const Tensor& y) { return concept_power(vectors, y).sum().item<double>(); }

}  // namespace

std::vector<SpectralConcept> spectral_concepts(const StudyPositions& positions, std::int64_t count) {
  const auto plies = positions.plies.fit.slice(0, 0, count);
  const auto states = positions.board.fit.slice(0, 0, count);
  const auto flips = positions.fit_flips.slice(0, 0, count);
  const auto is = [&](SquareState state) { return (states == static_cast<std::int64_t>(state)).to(at::kDouble); };
  const auto colour = is(SquareState::mine) - is(SquareState::yours);
  std::vector<SpectralConcept> concepts;
  const auto add = [&](const std::string& name, std::optional<int> rung, const Tensor& y) {
    concepts.push_back({name, rung, centred_rows(y, plies)});
  };
  add("board", std::nullopt, indicators(states, positions.board.classes));
  add("occupied", std::nullopt, 1 - is(SquareState::empty));
  add("colour", std::nullopt, colour);
  for (int rung = 0; rung < kFlipRungs; ++rung) add("colour", rung, colour * (flips == rung).to(at::kDouble));
  add("legal", std::nullopt, positions.legal.fit.slice(0, 0, count).to(at::kDouble));
  return concepts;
}

Json spectrum_table(const std::string& name, const KernelRows& rows, const StudyPositions& positions,
                    const KernelReading& board) {
  const double ridge = board.ridge;
  const auto read = concept_accuracy(positions.truth, {answers(board.scores, positions.board.classes)});
  const auto pool = std::min(positions.fit.size(), kSpectrumRows);
  const auto first = rows.first(pool);
  const auto k =
      centred_kernel(first.features ? first.fit.mm(first.fit.t()) : first.fit, positions.plies.fit.slice(0, 0, pool));
  const auto eigen = eigensystem(k);
  const double added = ridge * k.trace().item<double>() / static_cast<double>(pool);
  const auto samples = at::arange(pool / 4, at::kLong);  // plies take turns, so the first rows have all of them
  const auto learned = learnability(eigen.values, pool, static_cast<double>(samples.size(0)), added);

  Json table{{"kernel", name},
             {"positions", pool},
             {"eigenvalues", Json::array()},
             {"decay", or_null(decay_exponent(eigen.values))},
             {"effective_rank", effective_rank(eigen.values)},
             {"ridge", ridge},
             {"samples", samples.size(0)},
             {"concepts", Json::array()}};
  const auto ranks = log_spaced_ranks(eigen.values.size(0));
  for (const auto rank : ranks)
    table["eigenvalues"].push_back({{"rank", rank}, {"value", eigen.values[rank - 1].item<double>()}});
  for (const auto& idea : spectral_concepts(positions, pool)) {
    Json row = named(idea);
    const bool varies = idea.y.square().sum().item<double>() > 0;
    const auto power = concept_power(eigen.vectors, idea.y);
    const auto cumulative = power.cumsum(0);
    row["alignment"] = or_null(centred_alignment(k, idea.y));
    row["power"] = Json::array();
    for (const auto rank : ranks)
      row["power"].push_back({{"rank", rank}, {"cumulative", cumulative[rank - 1].item<double>()}});
    const auto prediction = learned_target(learned, power);
    row["learnability"] = varies ? Json(prediction.learnability) : Json(nullptr);
    row["predicted_error"] = varies ? Json(prediction.predicted_error) : Json(nullptr);
    row["measured_error"] = varies ? Json(measured_error(k, idea.y, samples, added)) : Json(nullptr);
    row["measured_accuracy"] = accuracy_of(idea, read);
    table["concepts"].push_back(std::move(row));
  }
  return table;
}

Json layers_table(const TangentKernel& init, const TangentKernel& trained, const std::vector<SourceRows>& residual,
                  const StudyPositions& positions, int workers) {
  const auto rows = init.by_group[0].size(0);
  const auto plies = positions.plies.fit.slice(0, 0, rows);
  const auto concepts = spectral_concepts(positions, rows);
  const auto layers = residual.size() - 1;
  const auto top = std::min({kTop, residual[0].rows.fit.size(1), rows / 4});
  std::vector<Json> found(layers);
  parallel_for(static_cast<int>(layers), workers, [&](int index, int) {
    if (interrupted()) throw Interrupted{};
    const auto layer = static_cast<std::size_t>(index);
    const auto of_block = [&](const TangentKernel& kernel) {
      const auto group = std::find(kernel.groups.begin(), kernel.groups.end(), fmt::format("blocks.{}", layer));
      return top_eigenvectors(
          centred_kernel(kernel.by_group[static_cast<std::size_t>(group - kernel.groups.begin())], plies), top);
    };
    const auto at_init = of_block(init), after = of_block(trained);
    const auto components = eigensystem_of_features(centred_rows(residual[layer + 1].rows.fit.slice(0, 0, rows), plies))
                                .vectors.slice(1, 0, top);
    found[layer] = {{"layer", layer}, {"eigenvectors", top}, {"positions", rows}, {"concepts", Json::array()}};
    for (const auto& idea : concepts) {
      Json row = named(idea);
      row["init"] = share(at_init, idea.y);
      row["trained"] = share(after, idea.y);
      row["pca"] = share(components, idea.y);
      found[layer]["concepts"].push_back(std::move(row));
    }
  });
  return found;
}

}  // namespace othello
