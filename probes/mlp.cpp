#include "probes/mlp.h"

#include <cmath>
#include <numeric>

#include "common/random.h"
#include "common/threads.h"
#include "probes/softmax.h"

namespace othello {
namespace {

constexpr int kShards = 4;  // of a mini-batch, whose gradients are added in order
constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kEpsilon = 1e-8;
constexpr double kLeastDeviation = 1e-6;  // of the largest

/// Rows of a part of the games with their labels.
struct Rows {
  Rows(const MlpProblem& problem, const ProbeBatches& batches) {
    TensorList parts;
    for (const auto& batch : batches)
      for (const int parity : problem.parities) {
        if (batch->positions.count(parity) == 0) continue;
        parts.push_back(problem.input.rows(*batch, parity).narrow(1, 0, problem.input.features()));
        const auto& all = batch->labels[problem.target];
        labels.insert(labels.end(), all.begin() + batch->positions.begin[parity] * problem.units,
                      all.begin() + batch->positions.begin[parity + 1] * problem.units);
      }
    if (parts.empty())
      fail("a hidden-layer probe on {} lacks positions to be fitted on or stopped by", problem.input.name());
    x = at::cat(parts);
  }
  std::int64_t count() const { return x.size(0); }

  Tensor x;                          // [rows, features]
  std::vector<std::uint8_t> labels;  // [rows, units]
};

/// Weights {w1, b1, w2, b2}, the classes of w2 and b2 as planes: [width, classes·units].
class Network {
 public:
  Network(const MlpProblem& problem, const MlpSettings& settings) : units_(problem.units), classes_(problem.classes) {
    const auto stream = Stream(settings.seed).child("mlp probe");
    std::uint64_t next = 0;
    const auto normal = [&](std::int64_t rows, std::int64_t columns, double gain) {
      auto w = torch::empty({rows, columns}, at::kFloat);
      stream.normal(next++, {w.data_ptr<float>(), static_cast<std::size_t>(w.numel())});
      return w.mul_(std::sqrt(gain / static_cast<double>(rows)));
    };
    weights = {normal(problem.input.features(), settings.width, 2), torch::zeros({settings.width}, at::kFloat),
               normal(settings.width, classes_ * units_, 1), torch::zeros({classes_ * units_}, at::kFloat)};
  }

  /// The sum of the cross-entropies of `rows`, their indices into `from`; with their gradients, if asked for.
  double loss(const Rows& from, const Tensor& rows, TensorList* gradients) const {
    const auto* index = rows.data_ptr<std::int64_t>();
    const auto x = from.x.index_select(0, rows);
    const auto hidden = at::addmm(weights[1], x, weights[0]).relu_();
    auto z = at::addmm(weights[3], hidden, weights[2]).view({rows.size(0), classes_, units_});
    std::vector<double> losses(static_cast<std::size_t>(units_));
    const auto label = [&](std::int64_t row, std::int64_t u) -> std::int64_t {
      return from.labels[static_cast<std::size_t>(index[row] * units_ + u)];
    };
    softmax_residual(z, label, losses.data());
    if (gradients != nullptr) {
      const auto flat = z.view({rows.size(0), -1});
      const auto back = at::mm(flat, weights[2].t()).mul_(hidden > 0);
      *gradients = {at::mm(x.t(), back), back.sum(0), at::mm(hidden.t(), flat), flat.sum(0)};
    }
    return std::accumulate(losses.begin(), losses.end(), 0.0);
  }

  TensorList weights;

 private:
  std::int64_t units_, classes_;
};

/// A shard's share of `count` things: first and number.
std::pair<std::int64_t, std::int64_t> share(std::int64_t count, int shard, int shards) {
  const auto begin = count * shard / shards;
  return {begin, count * (shard + 1) / shards - begin};
}

class Adam {
 public:
  explicit Adam(const TensorList& weights) {
    for (const auto& w : weights) {
      first_.push_back(at::zeros_like(w));
      second_.push_back(at::zeros_like(w));
    }
  }
  void step(TensorList& weights, const TensorList& gradients, double rate) {
    ++steps_;
    const double correction1 = 1 - std::pow(kBeta1, steps_), correction2 = 1 - std::pow(kBeta2, steps_);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      first_[i].mul_(kBeta1).add_(gradients[i], 1 - kBeta1);
      second_[i].mul_(kBeta2).addcmul_(gradients[i], gradients[i], 1 - kBeta2);
      weights[i].addcdiv_(first_[i], (second_[i] / correction2).sqrt_().add_(kEpsilon), -rate / correction1);
    }
  }

 private:
  TensorList first_, second_;
  int steps_ = 0;
};

}  // namespace

Tensor MlpProbe::logits(const Tensor& x) const {
  return at::addmm(b2, at::addmm(b1, (x - mean) / deviation, w1).relu_(), w2);
}

TensorList MlpFit::to_tensors() const {
  return {at::tensor({static_cast<double>(epochs), held_out_loss, converged ? 1.0 : 0.0}, at::kDouble),
          probe.mean,
          probe.deviation,
          probe.w1,
          probe.b1,
          probe.w2,
          probe.b2};
}

MlpFit MlpFit::from_tensors(const TensorList& list) {
  const double* facts = list.at(0).data_ptr<double>();
  MlpFit fit;
  fit.epochs = static_cast<int>(facts[0]), fit.held_out_loss = facts[1], fit.converged = facts[2] != 0;
  fit.probe = {list.at(1), list.at(2), list.at(3), list.at(4), list.at(5), list.at(6)};
  return fit;
}

MlpFit fit_mlp(const MlpProblem& problem, const MlpSettings& settings) {
  const at::NoGradGuard no_grad;
  Rows fit(problem, problem.fit), held_out(problem, problem.held_out);
  MlpFit result;
  auto& probe = result.probe;
  probe.mean = fit.x.mean(0);
  probe.deviation = fit.x.var(0, false).sqrt_();
  probe.deviation = probe.deviation.clamp_min(std::max(probe.deviation.max().item<double>() * kLeastDeviation, 1e-30));
  for (Rows* rows : {&fit, &held_out}) rows->x.sub_(probe.mean).div_(probe.deviation);

  Network network(problem, settings);
  Adam adam(network.weights);
  TensorList best;
  const auto each_shard = [&](const Rows& rows, const Tensor& order, int shards, std::vector<TensorList>* gradients) {
    std::vector<double> losses(static_cast<std::size_t>(shards));
    parallel_for(shards, settings.workers, [&](int shard, int) {
      const at::NoGradGuard no_grad_here;
      const auto [begin, count] = share(order.size(0), shard, shards);
      const auto index = static_cast<std::size_t>(shard);
      losses[index] = network.loss(rows, order.narrow(0, begin, count), gradients ? &(*gradients)[index] : nullptr);
    });
    return std::accumulate(losses.begin(), losses.end(), 0.0);
  };
  std::vector<std::int64_t> order(static_cast<std::size_t>(fit.count()));
  std::iota(order.begin(), order.end(), 0);
  const auto all_held_out = at::arange(held_out.count(), at::kLong);
  const auto shards_held_out = static_cast<int>((held_out.count() + settings.batch_rows - 1) / settings.batch_rows);
  const auto shuffles = Stream(settings.seed).child("mlp order");
  double rate = settings.rate;
  for (int idle = 0; result.epochs < settings.most_epochs && idle < settings.patience;) {
    shuffles.shuffle(static_cast<std::uint64_t>(result.epochs), std::span(order));
    const auto shuffled = at::tensor(order, at::kLong);
    for (std::int64_t begin = 0; begin < fit.count(); begin += settings.batch_rows) {
      const auto rows = shuffled.narrow(0, begin, std::min(settings.batch_rows, fit.count() - begin));
      std::vector<TensorList> gradients(kShards);
      each_shard(fit, rows, kShards, &gradients);
      for (std::size_t i = 0; i < gradients[0].size(); ++i) {
        for (std::size_t shard = 1; shard < gradients.size(); ++shard) gradients[0][i].add_(gradients[shard][i]);
        gradients[0][i].div_(static_cast<double>(rows.size(0) * problem.units));
      }
      adam.step(network.weights, gradients[0], rate);
    }
    ++result.epochs;
    const double loss = each_shard(held_out, all_held_out, shards_held_out, nullptr) /
                        static_cast<double>(held_out.count() * problem.units);
    if (best.empty() || loss < result.held_out_loss) {
      result.held_out_loss = loss;
      best.clear();
      for (const auto& w : network.weights) best.push_back(w.clone());
      idle = 0;
    } else {
      ++idle;
      rate /= 2;
    }
    result.converged = idle == settings.patience;
    if (settings.pause) settings.pause();
  }
  const auto interleaved = [&](const Tensor& planes) {  // [n, classes·units] → [n, units·classes]
    return planes.view({-1, problem.classes, problem.units})
        .transpose(1, 2)
        .reshape({-1, problem.units * problem.classes});
  };
  probe.w1 = best[0];
  probe.b1 = best[1];
  probe.w2 = interleaved(best[2]);
  probe.b2 = interleaved(best[3]).view({-1});
  return result;
}

}  // namespace othello
