#include "theory/kernel_training.h"

#include <cmath>

#include "theory/kernel_distance.h"
#include "theory/kernel_sources.h"
#include "theory/spectrum_tables.h"

namespace othello {

void check_series(const std::vector<SeriesCheckpoint>& series, const Transformer& model) {
  for (const auto& checkpoint : series)
    if (load_model(checkpoint.folder).model.config() != model.config())
      fail("{} has not the sizes of the model whose run it is in", checkpoint.folder.string());
}

Json kernel_over_training(const std::vector<SeriesCheckpoint>& series, const StudyPositions& all,
                          const NtkSettings& settings, std::optional<std::uint64_t> own_seed,
                          const NtkProgress& progress) {
  const auto positions = first_positions(all, settings.checkpoint_positions, settings.checkpoint_positions / 2);
  auto exact = settings;
  exact.project = 0;
  const auto concepts = spectral_concepts(positions, positions.fit.size());
  Tensor at_init, before;
  double before_step = 0;
  Json table = Json::array();
  const bool made = series.front().step != 0 && own_seed.has_value();  // of step 0, which is not among them
  const double from = made ? 1 : 0, all_kernels = from + static_cast<double>(series.size());
  if (made) {
    const Transformer initial(load_model(series.front().folder).model.config(), *own_seed);
    at_init = tangent_kernel(initial, positions, exact, /*by_group=*/false, [&](double share) {
                progress(share / all_kernels, "kernel of step 0");
              }).rows.fit;
  }
  const std::int64_t origin = made ? 0 : series.front().step;
  for (const auto& checkpoint : series) {
    const auto loaded = load_model(checkpoint.folder);
    const double done = from + static_cast<double>(table.size());
    const auto kernel = tangent_kernel(loaded.model, positions, exact, /*by_group=*/false, [&](double share) {
      progress((done + share) / all_kernels, "kernel of " + checkpoint.name);
    });
    const auto& k = kernel.rows.fit;
    if (!at_init.defined()) at_init = k;
    Json row{{"checkpoint", checkpoint.name},
             {"step", checkpoint.step},
             {"games", checkpoint.games},
             {"positions", positions.fit.size()},
             {"distance_from", origin},
             {"distance_from_init", kernel_distance(k, at_init)},
             {"velocity", before.defined() ? Json(kernel_velocity(kernel_distance(k, before), before_step,
                                                                  static_cast<double>(checkpoint.step)))
                                           : Json(nullptr)},
             {"alignment", Json::array()}};
    const auto centred = centred_kernel(k, positions.plies.fit);
    for (const auto& idea : concepts) {
      const double value = centred_alignment(centred, idea.y);
      const auto name = idea.flips ? fmt::format("{}, flips {}", idea.name, flips_name(*idea.flips)) : idea.name;
      row["alignment"].push_back({{"name", name}, {"value", std::isfinite(value) ? Json(value) : Json(nullptr)}});
    }
    const auto read =
        read_labels(kernel.rows, positions.plies, {positions.board}, {SharedWeights::pooled, SharedWeights::by_parity});
    const auto answered = answers(read[0].scores, positions.board.classes);
    row["board_accuracy"] = to_json(concept_accuracy(positions.truth, {answered})[0].accuracy);
    table.push_back(std::move(row));
    before = k;
    before_step = static_cast<double>(checkpoint.step);
  }
  return table;
}

}  // namespace othello
