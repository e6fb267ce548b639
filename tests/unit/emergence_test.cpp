// If these fail, onsets and stages of training are said to be where nothing happened, or missed where something did.
#include <cmath>

#include "tests/support/torch_test.h"
#include "theory/joined_series.h"
#include "theory/logistic_curve.h"
#include "theory/smooth_curve.h"

namespace othello::test {
namespace {

/// Checkpoints at 2, 2.5, … 6 decades of games.
std::vector<double> decades() {
  std::vector<double> x;
  for (int i = 0; i <= 8; ++i) x.push_back(2 + 0.5 * i);
  return x;
}

/// Accuracies over 300 games of 50 answers each, right with probability p(x), with the resamples that games give.
template <class Probability>
std::vector<Sampled> accuracies(const Probability& p) {
  std::vector<Sampled> values;
  for (std::size_t i = 0; i < decades().size(); ++i) {
    const Stream stream = Stream(i + 1).child("accuracies");
    std::vector<double> sums;  // [games, 2]
    for (std::uint64_t game = 0; game < 300; ++game) {
      double right = 0;
      for (std::uint32_t k = 0; k < 50; ++k) right += stream.draw(game, k) < p(decades()[i]) * 4294967296.0;
      sums.insert(sums.end(), {right, 50});
    }
    values.push_back(Bootstrap(sums, 2).of([](auto total) { return total[0] / total[1]; }));
  }
  return values;
}

double planted(double x) { return 0.6 + 0.35 / (1 + std::exp(-std::log(81.0) * (x - 4.2) / 1.5)); }

TEST_CASE("a planted logistic is found within its intervals, which are narrow") {
  const auto onset = find_onset(decades(), accuracies(planted));
  INFO(onset.undefined);
  REQUIRE(onset.undefined.empty());
  CHECK(onset.curve.start == Approx(0.6).margin(0.01));
  CHECK(onset.curve.end == Approx(0.95).margin(0.01));
  CHECK(onset.midpoint.low <= 4.2);
  CHECK(onset.midpoint.high >= 4.2);
  CHECK(onset.midpoint.high - onset.midpoint.low < 0.2);
  CHECK(onset.width.low <= 1.5);
  CHECK(onset.width.high >= 1.5);
  CHECK(onset.midpoint.n == 300);
  CHECK(onset.complete);
}

TEST_CASE("a logistic without noise is recovered as it is") {
  std::vector<double> y;
  for (const double x : decades()) y.push_back(planted(x));
  const auto curve = LogisticFit(decades())(y);
  CHECK(curve.midpoint == Approx(4.2).epsilon(1e-3));
  CHECK(curve.width == Approx(1.5).epsilon(1e-2));
  CHECK(curve.error < 1e-4);
}

TEST_CASE("what never rises, falls, or rises and falls has no onset but a reason") {
  CHECK(contains(find_onset(decades(), accuracies([](double) { return 0.7; })).undefined, "does not rise"));
  CHECK(
      contains(find_onset(decades(), accuracies([](double x) { return 1 - planted(x); })).undefined, "does not rise"));
  const auto hill = [](double x) { return 0.5 + 0.02 * (x - 2) + 0.3 * std::exp(-8 * (x - 4) * (x - 4)); };
  CHECK(contains(find_onset(decades(), accuracies(hill)).undefined, "does not rise once"));
}

TEST_CASE("what is still rising at the end is not called complete") {
  const auto late = [](double x) { return 0.5 + 0.4 / (1 + std::exp(-std::log(81.0) * (x - 5.8) / 2)); };
  const auto onset = find_onset(decades(), accuracies(late));
  REQUIRE(onset.undefined.empty());
  CHECK_FALSE(onset.complete);
}

TEST_CASE("values that are not there have no onset, and four points no logistic") {
  auto values = accuracies(planted);
  values[3].value = std::nan("");
  CHECK_FALSE(find_onset(decades(), values).undefined.empty());
  CHECK(contains(error_of([] { LogisticFit({1, 2, 3, 4}); }), "too few"));
}

/// 25 points in 2 … 6 of a function with noise of this standard deviation.
template <class Function>
SmoothCurve noisy(const Function& f, double noise) {
  std::vector<double> x, y;
  std::vector<float> draws(25);
  Stream(4).child("noise").normal(0, draws);
  for (int i = 0; i < 25; ++i) {
    x.push_back(2 + 4.0 * i / 24);
    y.push_back(f(x.back()) + noise * draws[static_cast<std::size_t>(i)]);
  }
  return SmoothCurve(x, y);
}

TEST_CASE("a planted hill and valley are the only turning points of a noisy curve") {
  // sin: turns at π/2·(1 + 2k), of which 3π/2 = 4.71 and 5π/2 = 7.85 …: with 2x at 2.356, 3.927, 5.498
  const auto found = turning_points(noisy([](double x) { return 10 * std::sin(2 * x); }, 0.5));
  REQUIRE(found.size() == 3);
  CHECK(found[0] == Approx(2.356).margin(0.15));
  CHECK(found[1] == Approx(3.927).margin(0.15));
  CHECK(found[2] == Approx(5.498).margin(0.15));
}

TEST_CASE("a rise and pure noise have no turning points") {
  CHECK(turning_points(noisy([](double x) { return 3 * x; }, 0.3)).empty());
  CHECK(turning_points(noisy([](double) { return 0.0; }, 1)).size() <= 1);
  CHECK(turning_points(noisy([](double) { return 5.0; }, 0)).empty());
}

TEST_CASE("the derivatives of a smooth curve are those of its values") {
  const auto curve = noisy([](double x) { return std::sin(x); }, 0.01);
  const double h = 1e-4;
  for (const double x : {2.3, 3.9, 5.2})
    for (const int order : {0, 1, 2})
      CHECK(curve.at(x, order + 1) == Approx((curve.at(x + h, order) - curve.at(x - h, order)) / (2 * h)).margin(1e-4));
}

TEST_CASE("a step of the loss has a knee where it begins and one where it ends") {
  const auto found = knees(noisy([](double x) { return -std::tanh(4 * (x - 4)); }, 0.005));
  // The second derivative of tanh(z) is largest at tanh z = ±1/√3: z = ±0.658, x = 4 ± 0.165.
  CHECK(found.size() <= 4);  // a step as steep rings beside itself
  CHECK(std::any_of(found.begin(), found.end(), [](double x) { return std::abs(x - 3.835) < 0.1; }));
  CHECK(std::any_of(found.begin(), found.end(), [](double x) { return std::abs(x - 4.165) < 0.1; }));
}

TEST_CASE("a slow fall between two levels has two knees and none at the ends of what was seen") {
  const auto found = knees(noisy([](double x) { return 1 / (1 + std::exp(3 * (x - 4))); }, 0.003));
  // The second derivative of 1 / (1 + exp z) is largest at z = ±1.317: x = 4 ± 0.439.
  REQUIRE(found.size() == 2);
  CHECK(found[0] == Approx(3.561).margin(0.12));
  CHECK(found[1] == Approx(4.439).margin(0.12));
}

TEST_CASE("what other commands found is joined by checkpoint, and something else is refused") {
  const std::vector<SeriesCheckpoint> series{{.name = "step_00000000", .folder = {}, .step = 0, .games = 0},
                                             {.name = "step_00000010", .folder = {}, .step = 10, .games = 640}};
  const Json e{{"mean", 7.0}, {"low", 6.0}, {"high", 8.0}, {"n", 4}};
  const auto row = [&](const char* checkpoint, const char* component, const char* subset) {
    return Json{{"checkpoint", checkpoint}, {"component", component}, {"subset", subset}, {"llc", e}, {"valid", true},
                {"decayed", true}};
  };
  const Json llc{{"estimates",
                  {row("step_00000010", "all", "all"), row("step_00000010", "blocks.0.mlp", "all"),
                   row("step_00000010", "all", "flips:2"), row("step_00000099", "all", "all")}}};
  const auto joined = joined_llc(llc, series, "llc.json");
  REQUIRE(joined.size() == 1);
  CHECK(joined[0]["games"] == 640);
  CHECK(joined[0]["mean"] == 7.0);
  CHECK(joined[0]["decayed"] == true);
  CHECK(joined_llc({{"estimates", Json::array()}}, series, "llc.json").is_null());
  CHECK(contains(error_of([&] { joined_llc({{"curves", 1}}, series, "x/llc.json"); }), "x/llc.json"));
  const Json ntk{{"training", {{{"checkpoint", "step_00000010"}, {"velocity", 0.5}}}}};
  CHECK(joined_velocity(ntk, series, "ntk.json")[0]["value"] == 0.5);
  CHECK(joined_velocity({{"training", nullptr}}, series, "ntk.json").is_null());
}

TEST_CASE("a document is of a model by its checksum, not by the names of its checkpoints") {
  const Json document{{"model", {{"sha256", "ab12"}}}};
  CHECK(is_of_model(document, "ab12", "llc", "llc.json"));
  CHECK_FALSE(is_of_model(document, "cd34", "llc", "llc.json"));
  CHECK(contains(error_of([] { is_of_model({{"model", "x"}}, "ab12", "ntk", "x/ntk.json"); }), "othello-gpt ntk"));
}

TEST_CASE("stages by the learning coefficient take what is valid and say how much of it is of decayed checkpoints") {
  Json llc = Json::array();
  for (int i = 0; i < 7; ++i)
    llc.push_back({{"games", std::pow(10, i)},
                   {"mean", i == 3 ? Json(nullptr) : Json(i)},
                   {"valid", i != 3},
                   {"decayed", i < 5    ? Json(false)
                               : i == 5 ? Json(nullptr)
                                        : Json(true)}});
  const auto stages = stages_by_llc(llc, 64);
  CHECK(stages["points"] == 6);
  CHECK(stages["decayed"] == 1);
  CHECK(stages["boundaries"].empty());  // it only rises
  llc.erase(llc.begin(), llc.begin() + 3);
  CHECK(stages_by_llc(llc, 64).is_null());
  CHECK(stages_by_llc(nullptr, 64).is_null());
}

}  // namespace
}  // namespace othello::test
