#include "probes/width_sweep.h"

#include <algorithm>

#include "probes/ridge_sweep.h"

namespace othello {
namespace {

/// The best of the probes at every residual site of a model.
Json best_of(const Reading& reading, const Transformer& model, const SweepProgress& progress) {
  auto stream = reading.stream();
  std::vector<SweepInput> inputs;
  for (const auto& site : residual_sites(model.config()))
    inputs.push_back({std::make_unique<ActivationInput>(site_name(site), stream.add(model, site),
                                                        model.config().d_model, reading.bias),
                      {0},
                      false});
  RidgeSweep sweep(stream, std::move(inputs), {reading.mode});
  Unfinished nothing;
  sweep.fit(reading.split, nothing, [&](double share, const std::string&) { progress(0.8 * share, ""); });
  sweep.report(stream, reading.split.report,
               [&](double share, const std::string&) { progress(0.8 + 0.2 * share, ""); });
  const auto& best = *std::max_element(sweep.probes().begin(), sweep.probes().end(),
                                       [](const auto& a, const auto& b) { return a.chosen_at < b.chosen_at; });
  const Json score = best.score->to_json();
  Json row{{"d_model", model.config().d_model},
           {"parameters", model.parameters().count()},
           {"site", sweep.inputs()[best.input].input->name()},
           {"ridge", best.ridge},
           {"chosen_at", best.chosen_at},
           {"fit_games", reading.split.fit.count}};
  for (const char* key : {"accuracy", "colour_on_occupied", "by_flips"})
    if (score.contains(key)) row[key] = score[key];
  return row;
}

}  // namespace

ModelConfig widened(ModelConfig config, std::int64_t width) {
  config.d_mlp = static_cast<int>(std::max<std::int64_t>(1, config.d_mlp * width / config.d_model));
  config.d_model = static_cast<int>(width);
  config.resolve();
  return config;
}

Json width_sweep(const Reading& reading, const Transformer& trained, const std::vector<std::int64_t>& widths,
                 std::uint64_t seed, const SweepProgress& progress) {
  Json rows = Json::array();
  const auto models = static_cast<double>(widths.size() + 1);
  const auto add = [&](const char* name, const Transformer& model) {
    const auto done = static_cast<double>(rows.size());
    Json row{{"name", name}};
    row.update(best_of(reading, model, [&](double share, const std::string&) {
      progress((done + share) / models, fmt::format("{} model of width {}", name, model.config().d_model));
    }));
    rows.push_back(std::move(row));
  };
  for (const auto width : widths) add("untrained", Transformer(widened(trained.config(), width), seed));
  add("trained", trained);
  return rows;
}

}  // namespace othello
