#include "theory/llc_diagnostics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "theory/student_t.h"

namespace othello {
namespace {

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// Of a sample: with n − 1.
double variance_of(std::span<const double> values) {
  const double mean = mean_of(values);
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return sum / static_cast<double>(values.size() - 1);
}

/// Least-squares slope over 0, 1, 2, … times the length.
double change_along(std::span<const double> values) {
  const double n = static_cast<double>(values.size()), middle = (n - 1) / 2, mean = mean_of(values);
  double product = 0, square = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double x = static_cast<double>(i) - middle;
    product += x * (values[i] - mean);
    square += x * x;
  }
  return square > 0 ? product / square * n : 0;
}

double split_r_hat(const std::vector<std::vector<double>>& chains) {
  std::vector<double> means, variances;
  const std::size_t half = chains[0].size() / 2;
  if (half < 2) return 1;
  for (const auto& chain : chains)
    for (const auto part : {std::span(chain).first(half), std::span(chain).last(half)}) {
      means.push_back(mean_of(part));
      variances.push_back(variance_of(part));
    }
  const double within = mean_of(variances), between = variance_of(means), n = static_cast<double>(half);
  return within > 0 ? std::sqrt((n - 1) / n + between / within) : 1;
}

/// nβ·(L(w) − L(w*)) of every draw behind the burn-in, as if all draws had the mean number of positions, so that their
/// mean is the chain's ratio of sums.
std::vector<double> contributions(const LlcTrace& trace, const LlcContext& context) {
  const auto kept = std::span(trace.difference).subspan(context.burn_in);
  const double positions = mean_of(std::span(trace.positions).subspan(context.burn_in));
  std::vector<double> values;
  for (const double difference : kept) values.push_back(context.n_beta * difference / positions);
  return values;
}

std::string problem_of(const LlcDiagnosis& found, const Estimate& change, const LlcContext& context) {
  const double lambda = found.llc.mean;
  const auto all_finite = [](std::span<const double> values) {
    return std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
  };
  if (found.without_positions) return "no position of this subset among the draws";
  if (!all_finite(found.chains)) return "a loss is not finite: the step is too long";
  for (const double chain : found.chains)
    if (chain > 0 && context.equal_chances > 0 &&
        context.loss_at_start + chain / context.n_beta > context.equal_chances)
      return "the chain left the model: its loss is worse than equal chances";
  if (context.acceptance < kLeastAcceptance)
    return fmt::format("the step is too long: a Metropolis test of the loss would accept {:.2f} of the moves",
                       context.acceptance);
  if (static_cast<double>(context.burn_in) < context.relaxation)
    return fmt::format("the burn-in of {} draws is shorter than the relaxation time 2/(ε·γ) = {:.0f}", context.burn_in,
                       context.relaxation);
  const bool clear = found.llc.clear_of_zero();
  if (clear && lambda < 0) return "negative: the weights are no local minimum of this loss";
  if (!clear) return "not distinguishable from 0: more draws or chains";
  if (change.clear_of_zero() && std::abs(found.drift) > kMostDrift)
    return fmt::format("drifting: {:+.0f} % over the second half of the draws", 100 * found.drift);
  const double spread = found.chain_std / lambda;
  if (spread > kMostSpreadAtAll || (spread > kMostSpread && found.r_hat > kMostRHat))
    return fmt::format("the chains disagree: their standard deviation is {:.0f} % of the mean", 100 * spread);
  if (std::abs(found.drift) > kMostUnclearDrift)
    return fmt::format("drifting, or too few draws to tell: {:+.0f} % over the second half of them", 100 * found.drift);
  return {};
}

}  // namespace

Estimate t_interval(std::span<const double> values) {
  if (values.size() < 2) fail("an interval needs two values or more, not {}", values.size());
  const double mean = mean_of(values), n = static_cast<double>(values.size());
  const double half = t_quantile(values.size() - 1) * std::sqrt(variance_of(values) / n);
  return {mean, mean - half, mean + half, static_cast<std::int64_t>(values.size())};
}

LlcDiagnosis llc_diagnosis(std::span<const LlcTrace> chains, const LlcContext& context) {
  LlcDiagnosis found;
  std::vector<std::vector<double>> draws;
  std::vector<double> changes;
  for (const auto& chain : chains) {
    const auto positions = std::span(chain.positions).subspan(context.burn_in);
    if (std::accumulate(positions.begin(), positions.end(), 0.0) == 0) found.without_positions = true;
    draws.push_back(contributions(chain, context));
    found.chains.push_back(mean_of(draws.back()));
    changes.push_back(change_along(std::span(draws.back()).subspan(draws.back().size() / 2)));
  }
  found.llc = t_interval(found.chains);
  found.chain_std = std::sqrt(variance_of(found.chains));
  const auto change = t_interval(changes);
  found.drift = found.llc.mean != 0 ? change.mean / std::abs(found.llc.mean) : 0;
  found.r_hat = split_r_hat(draws);
  found.reason = problem_of(found, change, context);
  found.valid = found.reason.empty();
  return found;
}

}  // namespace othello
