#include "theory/emergence_neurons.h"

#include <algorithm>

#include "theory/emergence.h"

namespace othello {
namespace {

using namespace emergence_sizes;

NeuronReading first_games(NeuronReading reading, std::int64_t most) {
  reading.range.count = std::min(reading.range.count, most);
  return reading;
}

}  // namespace

Json independence_rows(const SeriesCheckpoint& checkpoint, const Transformer& model, const NeuronReading& reading,
                       const GamesDone& progress) {
  const auto layers = neuron_statistics(model, first_games(reading, kNeuronGames), progress);
  Json rows = Json::array();
  for (std::size_t layer = 0; layer < layers.size(); ++layer) {
    Json row{{"checkpoint", checkpoint.name},
             {"step", checkpoint.step},
             {"games", checkpoint.games},
             {"layer", layer},
             {"site", site_name(Site{SiteKind::mlp_post, static_cast<int>(layer)})}};
    Json statistics = layers[layer].to_json();
    statistics["of_games"] = statistics["games"];
    statistics.erase("games");
    row.update(statistics);
    rows.push_back(row);
  }
  return rows;
}

Json detector_rows(const std::vector<SeriesCheckpoint>& series, const LoadedModel& last, const NeuronReading& reading,
                   std::uint64_t seed, const SweepProgress& progress) {
  const auto some = first_games(reading, std::max<std::int64_t>(20, kDetectorPositions / reading.vocabulary.context()));
  Json rows = Json::array();
  const auto add = [&](const std::string& name, std::int64_t step, const Transformer& model) {
    const double begin = rows.empty() ? 0 : 0.5;
    const auto layers = neuron_detectors(model, some, kPermutations, seed, [&](std::int64_t games) {
      progress(begin + 0.5 * static_cast<double>(games) / static_cast<double>(some.range.count), "detectors");
    });
    for (std::size_t layer = 0; layer < layers.size(); ++layer) {
      Json row{{"checkpoint", name}, {"step", step}, {"layer", layer}};
      row.update(layers[layer].to_json());
      rows.push_back(row);
    }
  };
  const auto& first = series.front();
  if (first.step == 0) add(first.name, 0, load_model(first.folder).model);
  else add("untrained", 0, Transformer(last.model.config(), last.facts.seed));
  add(series.back().name, series.back().step, last.model);
  return rows;
}

Json symmetry_rows(const LoadedModel& last, const NeuronReading& reading) {
  const auto some = first_games(reading, kSymmetryGames);
  const auto games = some.games.take(some.range.first, some.range.count);
  const auto layers = neuron_symmetry(last.model.config(), games, kSeeds, last.facts.seed, some.workers);
  Json rows = Json::array();
  for (std::size_t layer = 0; layer < layers.size(); ++layer)
    rows.push_back({{"layer", layer}, {"seeds", kSeeds}, {"games", games.size()}, {"ratio", to_json(layers[layer])}});
  return rows;
}

}  // namespace othello
