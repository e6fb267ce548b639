#include "common/progress.h"
#include "common/threads.h"
#include "model/batch_tensors.h"
#include "theory/emergence.h"

namespace othello {
namespace {

using namespace emergence_sizes;

/// Operations per second of one core in products like those of a sweep.
double product_speed() {
  constexpr std::int64_t kRows = 2048, kWidth = 512;
  const auto x = torch::ones({kRows, kWidth}, at::kFloat);
  at::mm(x.t(), x);  // the first is slower
  const Stopwatch clock;
  for (int i = 0; i < 3; ++i) at::mm(x.t(), x);
  return 3 * 2.0 * kRows * kWidth * kWidth / clock.seconds();
}

}  // namespace

Json estimate_emergence(const std::vector<SeriesCheckpoint>& series, const EmergenceSettings& settings) {
  const auto loaded = load_model(series.back().folder);
  const auto& config = loaded.model.config();
  const auto vocabulary = config.vocabulary();
  constexpr std::int64_t kTimed = 8;
  const Positions positions(vocabulary,
                            take_games(GameSource(vocabulary.board(), settings.seed, Purpose::probes), 0, kTimed));
  const auto tokens = batch_tensor(positions.batch, positions.batch.tokens);
  loaded.model.forward(tokens);  // the first pass is slower
  const Stopwatch clock;
  loaded.model.forward(tokens);
  const double forward = clock.seconds() / kTimed;
  const int workers = settings.workers == 0 ? available_cores() : settings.workers;
  const double checkpoints = static_cast<double>(series.size()), context = static_cast<double>(vocabulary.context()),
               games = static_cast<double>(settings.games), rows = games * context, width = config.d_model,
               hidden = config.d_mlp, squares = vocabulary.board().square_count(), layers = config.layers;
  // Products of a probe: XᵀX, XᵀY, seven ridges on the games that choose, and their factorisations.
  const auto probe = [&](double w, double outputs) {
    return rows * w * (2 * w + 5 * outputs) + 14 * w * w * (w / 3 + 2 * outputs);
  };
  const bool site_given = !settings.site.empty(), neurons = settings.independence;
  const double one_hot = context * static_cast<double>(vocabulary.size() - 1);
  double flops =
      probe(one_hot, 7 * squares) - 2 * rows * one_hot * one_hot * 0.9 + checkpoints * probe(width, 7 * squares);
  double passes = games * checkpoints + static_cast<double>(settings.evaluation_games) * checkpoints;
  if (!site_given) flops += (layers + 1) * probe(width, 3 * squares), passes += games;
  if (neurons) {
    flops += 2 * checkpoints * probe(hidden, 3 * squares);
    const double positions_of_detectors = static_cast<double>(kDetectorPositions);
    flops += 2 * layers * 5 * (kPermutations + 1) * 2 * positions_of_detectors * hidden * 3 * squares;
    passes += static_cast<double>(kNeuronGames) * checkpoints + kSeeds * kSymmetryGames;
  }
  return {{"seconds", (passes * forward + flops / product_speed()) / workers},
          {"forward_seconds_per_game", forward},
          {"checkpoints", series.size()},
          {"games", settings.games},
          {"memory_bytes", neurons ? kDetectorPositions * 4.0 * hidden * (layers + 6) : 0.0}};
}

}  // namespace othello
