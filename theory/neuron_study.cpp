#include "theory/neuron_study.h"

#include "probes/normal_equations.h"

namespace othello {
namespace {

ActivationStream stream_of(const Transformer& model, const NeuronReading& reading) {
  ActivationStream stream(reading.games, reading.vocabulary, {}, reading.workers);
  for (int layer = 0; layer < model.config().layers; ++layer) stream.add(model, {SiteKind::mlp_post, layer});
  return stream;
}

}  // namespace

std::vector<NeuronStatistics> neuron_statistics(const Transformer& model, const NeuronReading& reading,
                                                const GamesDone& progress) {
  const auto& config = model.config();
  const auto stream = stream_of(model, reading);
  std::vector<NeuronStatistics> layers(
      static_cast<std::size_t>(config.layers),
      NeuronStatistics(config.d_mlp, reading.vocabulary.context(), reading.range.count));
  stream.run(
      reading.range, config.layers,
      [&](int layer, const std::shared_ptr<const ProbeBatch>& batch) {
        const auto index = static_cast<std::size_t>(layer);
        layers[index].add(batch->activations[index], batch->positions.rows, batch->first_game);
      },
      progress);
  return layers;
}

std::vector<Detectors> neuron_detectors(const Transformer& model, const NeuronReading& reading, int permutations,
                                        std::uint64_t seed, const GamesDone& progress) {
  auto stream = stream_of(model, reading);
  const auto layers = static_cast<std::size_t>(model.config().layers);
  const auto target = stream.add(make_target("mine-yours-empty", reading.vocabulary, reading.frame));
  const auto& wanted = stream.targets()[target];
  std::vector<TensorList> parts(layers + 1);  // activations by layer, then labels
  std::vector<Positions::Row> rows;
  stream.run(
      reading.range, static_cast<int>(layers) + 1,
      [&](int reader, const std::shared_ptr<const ProbeBatch>& batch) {
        const auto index = static_cast<std::size_t>(reader);
        if (index < layers) return parts[index].push_back(batch->activations[index]);
        for (const int parity : {0, 1})
          parts[index].push_back(indicators(*batch, target, parity, wanted.units, wanted.class_count()));
        for (auto row : batch->positions.rows) {
          row.game += static_cast<std::int32_t>(batch->first_game);
          rows.push_back(row);
        }
      },
      [](std::int64_t) {});
  const auto labels = at::cat(parts[layers]);  // [rows, squares · 3]
  std::vector<Detectors> found;
  for (std::size_t layer = 0; layer < layers; ++layer) {
    found.push_back(
        find_detectors(at::cat(parts[layer]), labels, rows, reading.range.count, permutations, seed, reading.workers));
    parts[layer].clear();
    progress(reading.range.count * static_cast<std::int64_t>(layer + 1) / static_cast<std::int64_t>(layers));
  }
  return found;
}

}  // namespace othello
