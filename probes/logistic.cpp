#include "probes/logistic.h"

#include <cmath>
#include <deque>
#include <numeric>

#include "probes/logistic_curvature.h"

namespace othello {
namespace {

constexpr double kIntercept = 1e-8;  // penalty of intercepts: keeps that of a class that never occurs finite
constexpr std::size_t kMemory = 10;  // pairs of steps and changes of the gradient
constexpr double kSlow = 0.5;        // a unit's curvature is computed anew if its gradient fell by less
constexpr int kRest = 3;             // and that many passes after the last time
constexpr double kMostScale = 20;    // of what the curvature says, by what the last step says
constexpr double kLeastStep = 1e-3;  // shorter ones are given up
constexpr double kMostFailures = 3;
constexpr double kNoise = 1e-7;              // of the objective in fp32
constexpr std::int64_t kSparse = 8;          // first on every 8th batch
constexpr std::int64_t kRowsPerColumn = 32;  // if that leaves so many rows

std::vector<double> to_vector(const Tensor& tensor) {
  const auto values = tensor.to(at::kDouble).contiguous();
  return {values.data_ptr<double>(), values.data_ptr<double>() + values.numel()};
}

/// By unit: the sum over rows and classes of a·b.
Tensor products(const Tensor& a, const Tensor& b) { return (a * b).sum(at::IntArrayRef{0, 1}); }

/// A number per unit as a factor of [width, classes, units].
Tensor factors(const std::vector<double>& values) { return at::tensor(values).to(at::kFloat).view({1, 1, -1}); }

/// Steps and changes of the gradient so far (Nocedal & Wright 2006, algorithm 7.4), each unit with its own.
class History {
 public:
  /// Units whose `use` is 0 get no pair.
  void add(Tensor step, Tensor change, const std::vector<double>& use) {
    const auto sy = to_vector(products(step, change)), yy = to_vector(products(change, change));
    std::vector<double> rho(sy.size());
    for (std::size_t u = 0; u < rho.size(); ++u)
      rho[u] = use[u] > 0 && sy[u] > 1e-12 * yy[u] && sy[u] > 1e-30 ? 1 / sy[u] : 0;
    pairs_.push_back({std::move(step), std::move(change), at::tensor(rho).to(at::kFloat)});
    if (pairs_.size() > kMemory) pairs_.pop_front();
  }
  /// Drops the pairs of the units that have failed.
  void forget(const std::vector<double>& failures) {
    if (std::all_of(failures.begin(), failures.end(), [](double count) { return count == 0; })) return;
    const auto kept = at::tensor(failures).eq(0);
    for (auto& pair : pairs_) pair.rho = pair.rho * kept;
  }
  void keep(const Tensor& units) {
    for (auto& pair : pairs_)
      pair = {pair.step.index_select(2, units), pair.change.index_select(2, units), pair.rho.index_select(0, units)};
  }
  Tensor direction(const Tensor& gradient, const Curvature& curvature, const std::vector<std::int64_t>& units) const {
    auto q = -gradient;
    TensorList alphas(pairs_.size());
    for (std::size_t i = pairs_.size(); i-- > 0;) {
      alphas[i] = pairs_[i].rho * products(pairs_[i].step, q);
      q.sub_(alphas[i] * pairs_[i].change);
    }
    q = curvature.solve(q, units);
    if (!pairs_.empty()) {  // as large as the last step tells
      const auto& last = pairs_.back();
      const auto size = products(last.change, curvature.solve(last.change, units)) * last.rho;
      q.mul_(at::where(size > 0, size.reciprocal(), at::ones_like(size))
                 .clamp(1 / kMostScale, kMostScale)
                 .view({1, 1, -1}));
    }
    for (std::size_t i = 0; i < pairs_.size(); ++i)
      q.add_((alphas[i] - pairs_[i].rho * products(pairs_[i].change, q)) * pairs_[i].step);
    return q;
  }

 private:
  struct Pair {
    Tensor step, change;  // [width, classes, units]
    Tensor rho;           // [units], 0 where there is none
  };
  std::deque<Pair> pairs_;
};

class Solver {
 public:
  Solver(const LogisticLoss& loss, Curvature& curvature, const Tensor& column_scale, Tensor& weights)
      : loss_(loss), curvature_(curvature), scale_(column_scale), weights_(weights) {}

  /// Minimises `weights`, all units side by side, each with steps of its own. Fills the fit but for its weights.
  void run(double tolerance, int most_passes, const std::function<void()>& pause, LogisticFit& fit) {
    units_.resize(static_cast<std::size_t>(loss_.problem().units));
    std::iota(units_.begin(), units_.end(), 0);
    loss_of_.assign(units_.size(), 0);
    gradient_of_.assign(units_.size(), 0);
    renewed_.assign(units_.size(), {});
    base_ = weights_.clone();
    here_ = loss_.at(base_, units_);
    ++fit.passes;
    note();
    steps_.assign(units_.size(), 1);
    turns_.assign(units_.size(), 1);
    failures_.assign(units_.size(), 0);
    while (drop_finished(tolerance) && fit.passes < most_passes) {
      if (pause) pause();
      renew_curvature(fit.passes);
      const auto proposed = history_.direction(here_.gradient, curvature_, units_);
      direction_ = direction_.defined() ? at::where(factors(turns_) > 0, proposed, direction_) : proposed;
      const auto slope = to_vector(products(direction_, here_.gradient));
      const auto trial = base_ + direction_ * factors(steps_);
      auto there = loss_.at(trial, units_);
      ++fit.passes;
      const auto slope_there = to_vector(products(direction_, there.gradient));
      std::vector<double> accepted(units_.size());
      for (std::size_t u = 0; u < units_.size(); ++u) {
        const double noise = kNoise * std::abs(here_.objective[u]);
        const bool lower = there.objective[u] <= here_.objective[u] + 1e-4 * steps_[u] * slope[u];
        // Where rounding hides the decrease, the slope tells: the approximate Wolfe condition of Hager & Zhang 2005.
        const bool flat = there.objective[u] <= here_.objective[u] + noise && slope_there[u] <= -0.8 * slope[u];
        accepted[u] = slope[u] <= 0 && (lower || flat) ? 1 : 0;
        if (accepted[u] > 0) {
          failures_[u] = 0;
          steps_[u] = 1;
        } else {  // to where a line through the two slopes is zero
          const double share = slope_there[u] > 0 ? slope[u] / (slope[u] - slope_there[u]) : 0.5;
          steps_[u] *= std::clamp(std::isfinite(share) ? share : 0.1, 0.1, 0.5);
        }
        turns_[u] = accepted[u];
        if (slope[u] <= 0 && steps_[u] >= kLeastStep) continue;
        // No way down along this direction: another one, from the curvature alone, computed anew.
        turns_[u] = steps_[u] = 1;
        failures_[u] += 1;
        renewed_[static_cast<std::size_t>(units_[u])] = {};
      }
      const auto moved = factors(accepted) > 0;
      const auto new_base = at::where(moved, trial, base_),
                 new_gradient = at::where(moved, there.gradient, here_.gradient);
      history_.forget(failures_);
      history_.add(new_base - base_, new_gradient - here_.gradient, accepted);
      base_ = new_base;
      here_.gradient = new_gradient;
      for (std::size_t u = 0; u < units_.size(); ++u)
        if (accepted[u] > 0) here_.loss[u] = there.loss[u], here_.objective[u] = there.objective[u];
      note();
    }
    store();
    fit.gradient = *std::max_element(gradient_of_.begin(), gradient_of_.end());
    fit.loss = std::accumulate(loss_of_.begin(), loss_of_.end(), 0.0) / static_cast<double>(loss_of_.size());
    fit.converged = fit.gradient <= tolerance;
  }

 private:
  /// Where the units are now.
  void note() {
    const auto largest = to_vector((here_.gradient.abs() * scale_.view({-1, 1, 1})).amax(at::IntArrayRef{0, 1}));
    for (std::size_t u = 0; u < units_.size(); ++u) {
      gradient_of_[static_cast<std::size_t>(units_[u])] = largest[u];
      loss_of_[static_cast<std::size_t>(units_[u])] = here_.loss[u];
    }
  }
  void store() {
    if (!units_.empty()) weights_.index_copy_(2, at::tensor(units_, at::kLong), base_);
  }

  /// Anew for the units whose gradient fell slowly with the one they have.
  void renew_curvature(int pass) {
    std::vector<std::int64_t> slow, places;
    for (std::size_t u = 0; u < units_.size(); ++u) {
      auto& state = renewed_[static_cast<std::size_t>(units_[u])];
      const double gradient = gradient_of_[static_cast<std::size_t>(units_[u])];
      if (state.pass == 0 || (gradient > kSlow * state.before && pass >= state.pass + kRest)) {
        slow.push_back(units_[u]);
        places.push_back(static_cast<std::int64_t>(u));
        state.pass = pass;
      }
      state.before = gradient;
    }
    if (!slow.empty()) curvature_.refresh(base_.index_select(2, at::tensor(places, at::kLong)), slow);
  }

  /// Leaves out the units that are done, or cannot come further; false if all are.
  bool drop_finished(double tolerance) {
    std::vector<std::int64_t> open;
    for (std::size_t u = 0; u < units_.size(); ++u)
      if (gradient_of_[static_cast<std::size_t>(units_[u])] > tolerance && failures_[u] < kMostFailures)
        open.push_back(static_cast<std::int64_t>(u));
    if (open.size() == units_.size()) return true;
    store();
    const auto kept = at::tensor(open, at::kLong);
    base_ = base_.index_select(2, kept);
    here_.gradient = here_.gradient.index_select(2, kept);
    if (direction_.defined()) direction_ = direction_.index_select(2, kept);
    history_.keep(kept);
    const auto filter = [&](auto& values) {
      for (std::size_t i = 0; i < open.size(); ++i) values[i] = values[static_cast<std::size_t>(open[i])];
      values.resize(open.size());
    };
    filter(units_);
    filter(here_.loss);
    filter(here_.objective);
    filter(steps_);
    filter(turns_);
    filter(failures_);
    return !open.empty();
  }

  const LogisticLoss& loss_;
  Curvature& curvature_;
  Tensor scale_;                               // [width] fp32
  Tensor& weights_;                            // [width, classes, units] of all units
  std::vector<double> loss_of_, gradient_of_;  // by unit, of all
  struct Renewed {
    int pass = 0;
    double before = 0;  // the gradient then, or at the pass before
  };
  std::vector<Renewed> renewed_;

  // Of the units that are not done yet:
  std::vector<std::int64_t> units_;
  Tensor base_;                   // weights
  LossAt here_;                   // at those
  Tensor direction_;              // from there
  std::vector<double> steps_;     // along it
  std::vector<double> turns_;     // 1: the next step is in a new direction
  std::vector<double> failures_;  // directions in a row that led nowhere
  History history_;
};

}  // namespace

LogisticFit fit_logistic(const LogisticProblem& problem, const LogisticSettings& settings, const Tensor& start) {
  const at::NoGradGuard no_grad;
  const auto& input = problem.input;
  const auto width = input.width(), features = input.features();
  auto weights = torch::zeros({width, problem.classes, problem.units}, at::kFloat);
  if (start.defined()) {
    const auto given = start.view({width, problem.units, problem.classes}).permute({0, 2, 1});
    weights = (given - given.mean(1, true)).contiguous();
  }
  const auto solve = [&](const ProbeBatches& batches, double tolerance, int passes, LogisticFit& fit) {
    const LogisticLoss rows(problem, batches, {}, settings.workers);
    if (rows.rows() == 0) fail("a logistic probe on {} has no positions to be fitted on", input.name());
    const auto total = static_cast<double>(rows.rows());
    const auto gram = sum_of_parts(static_cast<int>(rows.parts().size()), settings.workers, {width, width},
                                   [&](int part, Tensor& sum) {
                                     const auto [batch, parity] = rows.parts()[static_cast<std::size_t>(part)];
                                     input.gram(*batch, parity, sum);
                                   });
    auto penalty = torch::full({width}, kIntercept, at::kDouble);
    penalty.narrow(0, 0, features).copy_(input.penalty(gram) * (settings.l2 / total));
    const LogisticLoss loss(problem, batches, penalty, settings.workers);
    const auto scale = (gram.diagonal() / total).clamp_min(1e-12).rsqrt().to(at::kFloat);
    const auto curvature = make_curvature(loss, gram);
    Solver(loss, *curvature, scale, weights).run(tolerance, passes, settings.pause, fit);
  };
  LogisticFit fit;
  ProbeBatches few;
  for (std::size_t i = 0; i < problem.batches.size(); i += kSparse) few.push_back(problem.batches[i]);
  std::int64_t few_rows = 0;
  for (const auto& batch : few)
    for (const int parity : problem.parities) few_rows += batch->positions.count(parity);
  if (!start.defined() && few_rows >= kRowsPerColumn * width) {
    solve(few, std::max(settings.tolerance, 1 / std::sqrt(static_cast<double>(few_rows))), settings.most_passes, fit);
    fit = {};
  }
  solve(problem.batches, settings.tolerance, settings.most_passes, fit);
  fit.weights = weights.permute({0, 2, 1}).reshape({width, problem.units * problem.classes}).contiguous();
  return fit;
}

}  // namespace othello
