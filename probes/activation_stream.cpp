#include "probes/activation_stream.h"

#include "common/threads.h"
#include "model/batch_tensors.h"

namespace othello {
namespace {
constexpr std::int64_t kBatchGames = 64;
}

std::size_t ActivationStream::add(const Transformer& model, const Site& site) {
  if (sources_.empty() || sources_.back().model != &model) sources_.push_back({&model, {}, {}});
  sources_.back().sites.push_back(site);
  sources_.back().indices.push_back(count_);
  return count_++;
}

Activations ActivationStream::forward(const Positions& positions) const {
  Activations activations(count_);
  const auto tokens = batch_tensor(positions.batch, positions.batch.tokens);
  for (const auto& source : sources_) {
    Trace trace;
    for (const auto& site : source.sites) trace.record(site);
    source.model->forward(tokens, &trace);
    for (std::size_t i = 0; i < source.sites.size(); ++i) {
      const auto& value = trace.value(source.sites[i]);
      activations[source.indices[i]] = value.reshape({-1, value.size(-1)});
    }
  }
  return activations;
}

void ActivationStream::run(std::int64_t first, std::int64_t count, int readers,
                           const std::function<void(int, const Positions&, const Activations&)>& read,
                           const std::function<void(double)>& progress) const {
  const auto batches = static_cast<int>((count + kBatchGames - 1) / kBatchGames);
  for (int wave = 0; wave < batches; wave += workers_) {
    const int size = std::min(workers_, batches - wave);
    std::vector<Positions> positions(static_cast<std::size_t>(size));
    std::vector<Activations> activations(static_cast<std::size_t>(size));
    parallel_for(size, workers_, [&](int i, int) {
      const at::NoGradGuard no_grad;
      const auto offset = (wave + i) * kBatchGames;
      const auto games =
          take_games(games_, static_cast<std::uint64_t>(first + offset), std::min(kBatchGames, count - offset));
      positions[static_cast<std::size_t>(i)] = make_positions(vocabulary_, games);
      activations[static_cast<std::size_t>(i)] = forward(positions[static_cast<std::size_t>(i)]);
    });
    parallel_for(readers, workers_, [&](int reader, int) {
      const at::NoGradGuard no_grad;
      for (std::size_t i = 0; i < positions.size(); ++i) read(reader, positions[i], activations[i]);
    });
    progress(static_cast<double>(wave + size) / batches);
  }
}

}  // namespace othello
