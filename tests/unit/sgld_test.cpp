// If these fail, chains do not sample what they say, so that a learning coefficient is wrong without a word, or one
// that cannot be sampled is not refused.
#include "theory/sgld.h"

#include "tests/support/torch_test.h"
#include "theory/llc_cases.h"
#include "theory/llc_diagnostics.h"

namespace othello::test {
namespace {

/// ½·Σ hᵢwᵢ².
LossAndGradient quadratic(const std::vector<double>& h) {
  return [h](std::span<const float> w, std::uint64_t, std::span<float> gradient) {
    double loss = 0;
    for (std::size_t i = 0; i < h.size(); ++i) {
      loss += h[i] * w[i] * w[i] / 2;
      gradient[i] = static_cast<float>(h[i] * w[i]);
    }
    return loss;
  };
}

SgldSettings settings(double n_beta, double gamma, double step_size) {
  SgldSettings made;
  made.n_beta = n_beta;
  made.gamma = gamma;
  made.step_size = step_size;
  return made;
}

const std::vector<double> kCurvatures{10, 1, 0.1, 0.01, 0};

TEST_CASE("chains on a quadratic have the stationary coefficient of their own step") {
  for (const double step : {1e-3, 3e-3}) {
    const auto found = sampled_coefficient(quadratic(kCurvatures), std::vector<float>(5), settings(100, 1, step), 8,
                                           60'000, 6000, 1, 1);
    CAPTURE(step, found.low, found.mean, found.high);
    const double truth = quadratic_coefficient(kCurvatures, 100, 1, step);
    CHECK(found.mean == Approx(truth).epsilon(0.05));
    CHECK(found.low - 0.01 * truth < truth);
    CHECK(truth < found.high + 0.01 * truth);
  }
}

TEST_CASE("a box holds the chain, and a crossing in it has the coefficient of the flat prior inside") {
  const auto crossing = [](std::span<const float> w, std::uint64_t, std::span<float> gradient) {
    CHECK(std::max(std::abs(w[0]), std::abs(w[1])) <= 1);
    gradient[0] = 2 * w[0] * w[1] * w[1];
    gradient[1] = 2 * w[0] * w[0] * w[1];
    return double{w[0]} * w[0] * w[1] * w[1];
  };
  auto boxed = settings(144.765, 0, 1e-3);
  boxed.box = 1;
  const auto found = sampled_coefficient(crossing, {0, 0}, boxed, 4, 50'000, 5000, 1, 1);
  CHECK(found.mean == Approx(0.355879).epsilon(0.1));
}

TEST_CASE("without noise the chain is the drift, plain or preconditioned") {
  auto still = settings(10, 3, 0.01);
  still.noise = false;
  const LossAndGradient slope = [](std::span<const float>, std::uint64_t, std::span<float> gradient) {
    gradient[0] = 2;
    return 0.0;
  };
  SgldChain plain({1}, still, slope, 1, 0);
  plain.advance();
  CHECK(plain.weights()[0] == Approx(1 - 0.005 * 20));
  plain.advance();
  CHECK(plain.weights()[0] == Approx(0.9 - 0.005 * (20 + 3 * -0.1)));
  still.sampler = Sampler::rmsprop;  // √v = 2 from the first gradient on
  SgldChain scaled({1}, still, slope, 1, 0);
  scaled.advance();
  CHECK(scaled.weights()[0] == Approx(1 - 0.005 * 20 / 2.1));
}

TEST_CASE("the acceptance is that of the Metropolis-adjusted Langevin algorithm") {
  const double l = 100 * 1 + 5, step = 0.004;
  SgldChain walk({0}, settings(100, 5, step), quadratic({1}), 3, 0);
  const auto log_density = [&](double w) { return -l * w * w / 2; };
  const auto log_proposal = [&](double from, double to) {
    const double gap = to - from + step / 2 * l * from;
    return -gap * gap / (2 * step);
  };
  for (int i = 0; i < 20; ++i) {
    const double before = walk.weights()[0];
    MoveTest test;
    walk.advance(test);
    const double after = walk.weights()[0];
    const double log =
        log_density(after) + log_proposal(after, before) - log_density(before) - log_proposal(before, after);
    CHECK(test.acceptance == Approx(std::min(1.0, std::exp(log))).epsilon(1e-4));
    const double prior = -step / 8 * 5 * 5 * (after * after - before * before);
    CHECK(test.of_loss == Approx(std::min(1.0, std::exp(log - prior))).epsilon(1e-4));
  }
}

TEST_CASE("a chain is a function of seed and number, and tests of its moves change nothing") {
  const auto end_of = [](std::uint64_t seed, std::uint64_t chain, bool tested) {
    SgldChain walk(std::vector<float>(5), settings(100, 1, 1e-3), quadratic(kCurvatures), seed, chain);
    MoveTest test;
    for (int i = 0; i < 10; ++i) tested ? walk.advance(test) : walk.advance();
    return std::vector<float>(walk.weights().begin(), walk.weights().end());
  };
  CHECK(end_of(1, 0, false) == end_of(1, 0, true));
  CHECK(end_of(1, 0, false) != end_of(1, 1, false));
  CHECK(end_of(1, 0, false) != end_of(2, 0, false));
}

TEST_CASE("what is no posterior, or no step, is refused") {
  const auto refused = [](double n_beta, double gamma, double step) {
    return error_of([&] { SgldChain({0}, settings(n_beta, gamma, step), quadratic({1}), 1, 0); });
  };
  CHECK(contains(refused(100, 0, 1e-3), "flat prior"));
  CHECK(contains(refused(100, -1, 1e-3), "γ"));
  CHECK(contains(refused(0, 1, 1e-3), "nβ"));
  CHECK(contains(refused(100, 1, -1e-3), "step size"));
  auto confined = settings(100, 0, 1e-3);
  confined.confined = true;
  CHECK_NOTHROW(SgldChain({0}, confined, quadratic({1}), 1, 0));
}

/// Two chains of `draws` with λ̂ = `first` and `second` on average and the noise ±1, which has no slope.
std::vector<LlcTrace> traces(double first, double second, double slope, std::size_t draws = 40) {
  std::vector<LlcTrace> made(2);
  for (std::size_t c = 0; c < 2; ++c)
    for (std::size_t i = 0; i < draws; ++i) {
      const double x = (static_cast<double>(i) + 0.5) / static_cast<double>(draws) - 0.5;
      made[c].difference.push_back(((c == 0 ? first : second) + slope * x + (i % 4 == 0 || i % 4 == 3 ? 1 : -1)) * 100 /
                                   30);
      made[c].positions.push_back(100);
    }
  return made;
}

TEST_CASE("a coefficient that cannot be trusted says why") {
  const LlcContext context{.n_beta = 30, .loss_at_start = 2, .equal_chances = 3.5};
  const auto reason = [&](const std::vector<LlcTrace>& chains, LlcContext with) {
    return llc_diagnosis(chains, with).reason;
  };
  const auto good = llc_diagnosis(traces(20, 20.2, 0), context);
  CHECK(good.valid);
  CHECK(good.llc.mean == Approx(20.1));
  CHECK(good.llc.n == 2);
  CHECK(contains(reason(traces(-5, -5, 0), context), "no local minimum"));
  CHECK(contains(reason(traces(20, 20, 15), context), "drifting: +"));
  auto apart = traces(20, 30, 0);
  apart.push_back(apart[0]), apart.push_back(apart[1]);
  CHECK(contains(reason(apart, context), "disagree"));
  CHECK(contains(reason(traces(60, 60, 0), context), "equal chances"));
  CHECK(contains(reason(traces(std::nan(""), 20, 0), context), "finite"));
  auto rough = context;
  rough.acceptance = 0.1;
  CHECK(contains(reason(traces(20, 20, 0), rough), "test of the loss"));
  auto burnt = context;
  burnt.burn_in = 20;
  CHECK(llc_diagnosis(traces(20, 20, 0), burnt).llc.mean == Approx(20));
  burnt.relaxation = 20;
  CHECK(llc_diagnosis(traces(20, 20, 0), burnt).valid);
  burnt.relaxation = 21;
  CHECK(contains(reason(traces(20, 20, 0), burnt), "burn-in of 20 draws is shorter"));
  CHECK(contains(reason(traces(20, 24, 0), context), "not distinguishable from 0"));  // two chains: [-3, 47]
  CHECK(contains(reason(traces(-0.1, 0.1, 0), context), "not distinguishable from 0"));
}

TEST_CASE("a set of positions that a chain never meets is not taken for a step that is too long") {
  auto chains = traces(20, 20, 0);
  chains[1].difference.assign(40, 0), chains[1].positions.assign(40, 0);
  const auto found = llc_diagnosis(chains, {.n_beta = 30});
  CHECK(found.reason == "no position of this subset among the draws");
  CHECK_FALSE(found.valid);
}

/// Chains of λ̂ 20 ± 0.1 whose second halves change by what is given.
std::string reason_of_changes(const std::vector<double>& changes) {
  std::vector<LlcTrace> chains;
  for (std::size_t c = 0; c < changes.size(); ++c)
    chains.push_back(traces(c % 2 == 0 ? 20.1 : 19.9, 0, 2 * changes[c])[0]);
  return llc_diagnosis(chains, {.n_beta = 30}).reason;
}

TEST_CASE("a drift that few draws cannot tell from none is no licence") {
  CHECK(reason_of_changes({8, -7, 8, -7}).empty());    // mean 0.5
  CHECK(reason_of_changes({12, -6, 11, -4}).empty());  // mean 3.25, whose interval holds 0
  CHECK(contains(reason_of_changes({3, 4, 3, 4}), "drifting: +"));
  CHECK(contains(reason_of_changes({20, -6, 19, -4}), "too few draws to tell"));  // mean 7.25
}

TEST_CASE("chains that are far apart are not valid however noisy each is") {
  std::vector<LlcTrace> chains;
  for (const double level : {0.2, 0.5, 0.5, 0.4, 0.3, 1.2, 0.2, 0.1})  // a noise of ±1 keeps R̂ low
    chains.push_back(traces(level, 0, 0)[0]);
  const auto found = llc_diagnosis(chains, {.n_beta = 30});
  CHECK(found.llc.low > 0);
  CHECK(found.r_hat < 1.1);
  CHECK(contains(found.reason, "disagree"));
}

TEST_CASE("the walk forgets its start in 2/(εγ) draws, which is known of plain steps only") {
  SgldSettings standard;
  CHECK(standard.relaxation() == 40);
  CHECK(settings(1000, 1000, 3e-6).relaxation() == 667);
  standard.sampler = Sampler::rmsprop;
  CHECK(standard.relaxation() == 0);
}

TEST_CASE("intervals over few chains are Student's") {
  const std::vector<double> four{1, 2, 3, 4};
  const auto found = t_interval(four);
  CHECK(found.mean == Approx(2.5));
  CHECK(found.high == Approx(2.5 + 3.1824 * std::sqrt(5.0 / 3 / 4)).epsilon(1e-4));
  CHECK_THROWS_AS(t_interval(std::vector<double>{1}), Error);
}

}  // namespace
}  // namespace othello::test
