#include "theory/independence.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "common/threads.h"
#include "model/batch_tensors.h"
#include "theory/student_t.h"

namespace othello {
namespace {

constexpr std::int64_t kBlocks = 20;  // of games, for intervals

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }
Json estimate(const Estimate& e) { return std::isfinite(e.mean) ? to_json(e) : Json(nullptr); }

}  // namespace

double at_most_two(std::span<const double> probabilities) {
  double none = 1, one = 0, two = 0;
  for (const double p : probabilities) {
    two = two * (1 - p) + one * p;
    one = one * (1 - p) + none * p;
    none *= 1 - p;
  }
  return none + one + two;
}

Estimate jackknife(double value, std::span<const double> left_out, std::int64_t n) {
  const auto blocks = static_cast<double>(left_out.size());
  if (blocks < 2) fail("an interval needs 2 blocks of data or more");
  double mean = 0, squares = 0;
  for (const double v : left_out) mean += v / blocks;
  for (const double v : left_out) squares += (v - mean) * (v - mean);
  const double half = t_quantile(static_cast<std::size_t>(blocks - 1)) * std::sqrt(squares * (blocks - 1) / blocks);
  return {value, value - half, value + half, n};
}

NeuronStatistics::NeuronStatistics(std::int64_t neurons, std::int64_t plies, std::int64_t games)
    : neurons_(neurons),
      plies_(plies),
      games_(games),
      blocks_(std::min(games, kBlocks)),
      sums_(static_cast<std::size_t>(blocks_ * plies)),
      active_(static_cast<std::size_t>(blocks_ * plies * neurons)),
      powers_(static_cast<std::size_t>(4 * neurons)),
      at_most_two_(static_cast<std::size_t>(games)) {}

void NeuronStatistics::add(const Tensor& x, std::span<const Positions::Row> rows, std::int64_t first_game) {
  if (x.dim() != 2 || x.size(1) != neurons_ || x.size(0) != static_cast<std::int64_t>(rows.size()))
    fail("activations should be {} x {}", rows.size(), neurons_);
  const auto contiguous = x.contiguous();
  const float* value = contiguous.data_ptr<float>();
  const auto width = static_cast<std::size_t>(neurons_);
  for (const auto& row : rows) {
    const auto game = first_game + row.game, place = game * blocks_ / games_ * plies_ + row.ply - 1;
    double* active = active_.data() + static_cast<std::size_t>(place) * width;
    double count = 0;
    for (std::size_t i = 0; i < width; ++i, ++value) {
      const double v = *value, fired = v > 0 ? 1 : 0, square = v * v;
      active[i] += fired;
      count += fired;
      powers_[i] += v;
      powers_[width + i] += square;
      powers_[2 * width + i] += square * v;
      powers_[3 * width + i] += square * square;
    }
    auto& sums = sums_[static_cast<std::size_t>(place)];
    sums.rows += 1, sums.active += count, sums.active_squared += count * count;
    auto& few = at_most_two_[static_cast<std::size_t>(game)];
    few.sum += count <= 2 ? 1 : 0, few.count += 1;
  }
}

double NeuronStatistics::ratio(bool within_ply, std::int64_t without) const {
  const auto width = static_cast<std::size_t>(neurons_);
  double observed = 0, independent = 0;
  Sums all;
  std::vector<double> active(width);
  const auto take = [&] {  // rows·variance and rows·Σ p(1 − p) of what was collected
    if (all.rows > 0) {
      observed += all.active_squared - all.active * all.active / all.rows;
      for (const double a : active) independent += a * (1 - a / all.rows);
    }
    all = {};
    std::fill(active.begin(), active.end(), 0.0);
  };
  for (std::int64_t ply = 0; ply < plies_; ++ply) {
    for (std::int64_t block = 0; block < blocks_; ++block) {
      if (block == without) continue;
      const auto place = at(block, ply);
      all.rows += sums_[place].rows;
      all.active += sums_[place].active;
      all.active_squared += sums_[place].active_squared;
      for (std::size_t i = 0; i < width; ++i) active[i] += active_[place * width + i];
    }
    if (within_ply) take();
  }
  take();
  return independent > 0 ? observed / independent : std::numeric_limits<double>::quiet_NaN();
}

Estimate NeuronStatistics::variance_ratio(bool within_ply) const {
  std::vector<double> left_out;
  for (std::int64_t block = 0; block < blocks_; ++block) left_out.push_back(ratio(within_ply, block));
  return jackknife(ratio(within_ply, -1), left_out, games_);
}

Estimate NeuronStatistics::observed_at_most_two() const { return ratio_of_sums(at_most_two_); }

double NeuronStatistics::independent_at_most_two(bool within_ply) const {
  const auto width = static_cast<std::size_t>(neurons_);
  double expected = 0, positions = 0, rows = 0;
  std::vector<double> active(width);
  const auto take = [&] {
    if (rows > 0) {
      for (double& a : active) a /= rows;
      expected += rows * at_most_two(active);
      positions += rows;
    }
    rows = 0;
    std::fill(active.begin(), active.end(), 0.0);
  };
  for (std::int64_t ply = 0; ply < plies_; ++ply) {
    for (std::int64_t block = 0; block < blocks_; ++block) {
      rows += sums_[at(block, ply)].rows;
      for (std::size_t i = 0; i < width; ++i) active[i] += active_[at(block, ply) * width + i];
    }
    if (within_ply) take();
  }
  take();
  return expected / positions;
}

Json NeuronStatistics::to_json() const {
  const auto width = static_cast<std::size_t>(neurons_);
  double rows = 0, active = 0;
  for (const auto& sums : sums_) rows += sums.rows, active += sums.active;
  double moments[4] = {}, changing = 0;
  for (std::size_t i = 0; i < width; ++i) {
    const double m = powers_[i] / rows, square = powers_[width + i] / rows, cube = powers_[2 * width + i] / rows,
                 fourth = powers_[3 * width + i] / rows, variance = square - m * m;
    if (!(variance > 1e-12 * square)) continue;  // constant but for rounding
    ++changing;
    moments[0] += m;
    moments[1] += variance;
    moments[2] += (cube - 3 * m * square + 2 * m * m * m) / std::pow(variance, 1.5);
    moments[3] += (fourth - 4 * m * cube + 6 * m * m * square - 3 * m * m * m * m) / (variance * variance);
  }
  return {{"positions", static_cast<std::int64_t>(rows)},
          {"games", games_},
          {"neurons", neurons_},
          {"constant", neurons_ - static_cast<std::int64_t>(changing)},
          {"active", active / (rows * static_cast<double>(neurons_))},
          {"moments",
           {{"mean", number(moments[0] / changing)},
            {"variance", number(moments[1] / changing)},
            {"skewness", number(moments[2] / changing)},
            {"kurtosis", number(moments[3] / changing)}}},
          {"variance_ratio", estimate(variance_ratio(false))},
          {"variance_ratio_within_ply", estimate(variance_ratio(true))},
          {"at_most_two",
           {{"observed", othello::to_json(observed_at_most_two())},
            {"independent", independent_at_most_two(false)},
            {"independent_within_ply", independent_at_most_two(true)}}}};
}

std::vector<Estimate> neuron_symmetry(const ModelConfig& config, std::span<const Game> games, int seeds,
                                      std::uint64_t first_seed, int workers) {
  if (seeds < 3) fail("a variance over seeds with an interval needs 3 of them");
  const Positions positions(config.vocabulary(), {games.begin(), games.end()});
  const auto tokens = batch_tensor(positions.batch, positions.batch.tokens);
  const auto cells = at::tensor(positions.cells, at::kLong);
  const auto layers = static_cast<std::size_t>(config.layers), count = static_cast<std::size_t>(seeds);
  std::vector<TensorList> means(layers, TensorList(count)), squares = means;  // [layers][seeds]: over neurons, [rows]
  parallel_for(seeds, workers, [&](int s, int) {
    const at::NoGradGuard no_grad;
    const auto seed = static_cast<std::size_t>(s);
    const Transformer model(config, first_seed + seed);
    Trace trace;
    for (int layer = 0; layer < config.layers; ++layer) trace.record({SiteKind::mlp_post, layer});
    model.forward(tokens, &trace);
    for (std::size_t layer = 0; layer < layers; ++layer) {
      const auto x = trace.value({SiteKind::mlp_post, static_cast<int>(layer)})
                         .flatten(0, 1)
                         .index_select(0, cells)
                         .to(at::kDouble);  // [rows, neurons]
      means[layer][seed] = x.mean(1);
      squares[layer][seed] = x.square().mean(1);
    }
  });
  const auto width = static_cast<double>(config.d_mlp);
  std::vector<Estimate> found;
  for (std::size_t layer = 0; layer < layers; ++layer) {
    const auto mean = at::stack(means[layer]), square = at::stack(squares[layer]);  // [seeds, rows]
    const auto ratio = [&](const Tensor& m, const Tensor& s) {
      const auto grand = m.mean(0);
      return width * (m.var(0).sum() / (s.mean(0) - grand.square()).sum()).item<double>();
    };
    std::vector<double> left_out;
    for (std::int64_t s = 0; s < seeds; ++s) {
      const auto others = at::cat({at::arange(s, at::kLong), at::arange(s + 1, seeds, at::kLong)});
      left_out.push_back(ratio(mean.index_select(0, others), square.index_select(0, others)));
    }
    found.push_back(jackknife(ratio(mean, square), left_out, seeds));
  }
  return found;
}

}  // namespace othello
