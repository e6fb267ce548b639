#include "theory/llc_cases.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "common/threads.h"
#include "theory/aoyagi.h"
#include "theory/llc_diagnostics.h"

namespace othello {
namespace {

/// ∫ of f over [low, high] by Simpson's rule on `intervals` (even) intervals.
template <class F>
double integral(const F& f, double low, double high, int intervals = 1400) {
  const double width = (high - low) / intervals;
  double sum = f(low) + f(high);
  for (int i = 1; i < intervals; ++i) sum += (i % 2 == 1 ? 4 : 2) * f(low + i * width);
  return sum * width / 3;
}

struct Case {
  std::string name;
  double lambda;
  double truth;
  const char* truth_is;
  LossAndGradient loss;
  std::vector<float> start;
  SgldSettings settings;
  int draws;
};

/// ½·Σ hᵢwᵢ².
LossAndGradient quadratic(std::vector<double> curvatures) {
  return [h = std::move(curvatures)](std::span<const float> w, std::uint64_t, std::span<float> gradient) {
    double loss = 0;
    for (std::size_t i = 0; i < h.size(); ++i) {
      loss += h[i] * w[i] * w[i] / 2;
      gradient[i] = static_cast<float>(h[i] * w[i]);
    }
    return loss;
  };
}

/// c·w₁²w₂².
LossAndGradient crossing(double c) {
  return [c](std::span<const float> w, std::uint64_t, std::span<float> gradient) {
    const double a = w[0], b = w[1];
    gradient[0] = static_cast<float>(2 * c * a * b * b);
    gradient[1] = static_cast<float>(2 * c * a * a * b);
    return c * a * a * b * b;
  };
}

/// Σ wᵢ^pᵢ for even pᵢ.
LossAndGradient monomials(std::vector<int> powers) {
  return [p = std::move(powers)](std::span<const float> w, std::uint64_t, std::span<float> gradient) {
    double loss = 0;
    for (std::size_t i = 0; i < p.size(); ++i) {
      const double below = std::pow(static_cast<double>(w[i]), p[i] - 1);
      loss += below * w[i];
      gradient[i] = static_cast<float>(p[i] * below);
    }
    return loss;
  };
}

using Matrix = std::vector<double>;  // row by row

/// a [n, m] · b [m, k], either transposed if asked for.
Matrix product(const Matrix& a, const Matrix& b, int n, int m, int k, bool transpose_a, bool transpose_b) {
  Matrix c(static_cast<std::size_t>(n * k));
  for (int i = 0; i < n; ++i)
    for (int l = 0; l < m; ++l)
      for (int j = 0; j < k; ++j)
        c[static_cast<std::size_t>(i * k + j)] += a[static_cast<std::size_t>(transpose_a ? l * n + i : i * m + l)] *
                                                  b[static_cast<std::size_t>(transpose_b ? j * m + l : l * k + j)];
  return c;
}

/// A linear network x·W₁·W₂·…, row vectors, W of layer l [widths[l], widths[l+1]] after one another. Its loss against
/// the map with `rank` ones on the diagonal, inputs of unit covariance and noise of variance 1:
/// ½·‖W₁W₂… − T‖². `start` has it 0, with as many weights 0 as can be.
struct LinearNetwork {
  std::vector<int> widths;
  int rank;

  std::size_t layers() const { return widths.size() - 1; }

  std::vector<float> start() const {
    std::vector<float> weights;
    for (std::size_t l = 0; l < layers(); ++l)
      for (int i = 0; i < widths[l]; ++i)
        for (int j = 0; j < widths[l + 1]; ++j) weights.push_back(i == j && i < rank ? 1.0F : 0.0F);
    return weights;
  }

  double operator()(std::span<const float> w, std::uint64_t, std::span<float> gradient) const {
    std::vector<Matrix> matrices, before;  // before[l] = W₁…W_l: [inputs, widths[l]]
    std::size_t offset = 0;
    const int inputs = widths.front(), outputs = widths.back();
    Matrix unit(static_cast<std::size_t>(inputs * inputs));
    for (int i = 0; i < inputs; ++i) unit[static_cast<std::size_t>(i * inputs + i)] = 1;
    before.push_back(unit);
    for (std::size_t l = 0; l < layers(); ++l) {
      const auto size = static_cast<std::size_t>(widths[l] * widths[l + 1]);
      matrices.emplace_back(w.begin() + static_cast<std::ptrdiff_t>(offset),
                            w.begin() + static_cast<std::ptrdiff_t>(offset + size));
      before.push_back(product(before[l], matrices[l], inputs, widths[l], widths[l + 1], false, false));
      offset += size;
    }
    Matrix slope = before.back();  // of the loss by the map before layer l: [inputs, widths[l]]
    for (int i = 0; i < rank; ++i) slope[static_cast<std::size_t>(i * outputs + i)] -= 1;
    const double loss = std::inner_product(slope.begin(), slope.end(), slope.begin(), 0.0) / 2;
    for (std::size_t l = layers(); l-- > 0;) {
      const auto own = product(before[l], slope, widths[l], inputs, widths[l + 1], true, false);
      offset -= own.size();
      for (std::size_t i = 0; i < own.size(); ++i) gradient[offset + i] = static_cast<float>(own[i]);
      slope = product(slope, matrices[l], inputs, widths[l + 1], widths[l], false, true);
    }
    return loss;
  }
};

SgldSettings settings(double n_beta, double gamma, double step_size) {
  SgldSettings made;
  made.n_beta = n_beta;
  made.gamma = gamma;
  made.step_size = step_size;
  return made;
}

Case linear_network(std::vector<int> widths, int rank, double n_beta, double step_size, int draws) {
  const LinearNetwork network{std::move(widths), rank};
  const double lambda = deep_linear_coefficient(network.widths, rank).lambda;
  return {fmt::format("deep-linear {}, rank {}", fmt::join(network.widths, "-"), rank),
          lambda,
          lambda,
          "lambda",
          network,
          network.start(),
          settings(n_beta, 1, step_size),
          draws};
}

std::vector<Case> cases() {
  const std::vector<double> h{10, 1, 0.1, 0.01, 0}, regular(20, 1.0);
  const auto zero = [](std::size_t d) { return std::vector<float>(d, 0.0F); };
  auto boxed = settings(144.765, 0, 3e-4);
  boxed.box = 1;
  auto quick = settings(100, 1, 1e-3);
  quick.sampler = Sampler::rmsprop;
  quick.damping = 1;
  return {
      {"linear-gaussian", 2, quadratic_coefficient(h, 100, 1, 1e-3), "stationary", quadratic(h), zero(5),
       settings(100, 1, 1e-3), 400'000},
      {"linear-gaussian, rmsprop", 2, quadratic_coefficient(h, 100, 1, 0), "posterior", quadratic(h), zero(5), quick,
       400'000},
      {"regular, 20 weights", 10, quadratic_coefficient(regular, 1000, 1, 1e-4), "stationary", quadratic(regular),
       zero(20), settings(1000, 1, 1e-4), 100'000},
      {"normal-crossing, γ = 1", 0.5, crossing_coefficient(1, 144.765, 1, 8), "posterior", crossing(1), zero(2),
       settings(144.765, 1, 2e-4), 1'500'000},
      {"normal-crossing, γ = 100", 0.5, crossing_coefficient(1, 144.765, 100, 2), "posterior", crossing(1), zero(2),
       settings(144.765, 100, 1e-3), 200'000},
      {"normal-crossing, box", 0.5, crossing_coefficient(1, 144.765, 0, 1), "posterior", crossing(1), zero(2), boxed,
       500'000},
      {"monomials w² + w⁴", 0.75, monomial_coefficient(2, 1000, 1) + monomial_coefficient(4, 1000, 1), "posterior",
       monomials({2, 4}), zero(2), settings(1000, 1, 5e-5), 1'000'000},
      linear_network({5, 3, 5}, 1, 1e4, 5e-6, 100'000),
      linear_network({10, 10, 10}, 5, 1e4, 5e-6, 20'000),
      linear_network({10, 10, 10, 10}, 5, 1e4, 5e-6, 20'000),
  };
}

}  // namespace

double quadratic_coefficient(std::span<const double> curvatures, double n_beta, double gamma, double step_size) {
  double sum = 0;
  for (const double h : curvatures) {
    const double l = n_beta * h + gamma, left = 1 - step_size * l / 4;
    if (left <= 0) return std::numeric_limits<double>::infinity();
    sum += n_beta * h / l / left / 2;
  }
  return sum;
}

double crossing_coefficient(double c, double n_beta, double gamma, double half) {
  const auto moment = [&](bool loss) {
    return integral(
        [&](double a) {
          return std::exp(-gamma * a * a / 2) * integral(
                                                    [&](double b) {
                                                      const double value = c * n_beta * a * a * b * b;
                                                      return (loss ? value : 1) * std::exp(-value - gamma * b * b / 2);
                                                    },
                                                    0, half);
        },
        0, half);
  };
  return moment(true) / moment(false);
}

double monomial_coefficient(double p, double n_beta, double gamma) {
  const double half = std::min(std::pow(60 / n_beta, 1 / p), std::sqrt(120 / std::max(gamma, 1e-9)));
  const auto moment = [&](bool loss) {
    return integral(
        [&](double w) {
          const double value = n_beta * std::pow(w, p);
          return (loss ? value : 1) * std::exp(-value - gamma * w * w / 2);
        },
        0, half);
  };
  return moment(true) / moment(false);
}

Estimate sampled_coefficient(const LossAndGradient& loss, const std::vector<float>& start, const SgldSettings& settings,
                             int chains, int draws, int burn_in, std::uint64_t seed, int workers) {
  std::vector<double> means(static_cast<std::size_t>(chains));
  parallel_for(chains, workers, [&](int chain, int) {
    SgldChain walk(start, settings, loss, seed, static_cast<std::uint64_t>(chain));
    for (int i = 0; i < burn_in; ++i) walk.advance();
    double sum = 0;
    for (int i = 0; i < draws; ++i) sum += walk.advance();
    means[static_cast<std::size_t>(chain)] = settings.n_beta * sum / draws;
  });
  return t_interval(means);
}

Json llc_cases(std::uint64_t seed, int workers, int most_draws, const std::function<void(double share)>& progress) {
  constexpr int kChains = 8;
  const auto all = cases();
  Json rows = Json::array();
  for (const auto& one : all) {
    const int draws = most_draws > 0 ? std::min(most_draws, one.draws) : one.draws;
    const auto found = sampled_coefficient(one.loss, one.start, one.settings, kChains, draws, draws / 10, seed,
                                           workers > 0 ? workers : available_cores());
    rows.push_back({{"name", one.name},
                    {"lambda", one.lambda},
                    {"truth", one.truth},
                    {"truth_is", one.truth_is},
                    {"estimate", found.mean},
                    {"low", found.low},
                    {"high", found.high},
                    {"n", found.n},
                    {"n_beta", one.settings.n_beta},
                    {"gamma", one.settings.gamma},
                    {"step_size", one.settings.step_size},
                    {"draws", draws}});
    if (progress) progress(static_cast<double>(rows.size()) / static_cast<double>(all.size()));
  }
  return rows;
}

}  // namespace othello
