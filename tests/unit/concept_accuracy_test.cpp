// If these fail, the table that says where a kernel fails counts something else.
#include "theory/concept_accuracy.h"

#include <cmath>

#include "common/random.h"
#include "tests/support/torch_test.h"
#include "theory/failure_factors.h"
#include "theory/legality_score.h"
#include "theory/logistic_regression.h"
#include "theory/size_curve.h"

namespace othello::test {
namespace {

Tensor integers(std::vector<std::int64_t> values, std::int64_t columns) {
  return at::tensor(values).view({-1, columns});
}

TEST_CASE("concepts are counted as their names say, by hand on two positions of four squares") {
  // mine 0, yours 1, empty 2
  const BoardTruth truth{integers({0, 1, 2, 2, 1, 1, 0, 2}, 4), integers({0, 1, 5, 5, 0, 4, 0, 5}, 4).to(at::kByte)};
  const auto answered = integers({0, 0, 2, 1, 1, 2, 0, 2}, 4);
  const auto concepts = concept_accuracy(truth, {answered});
  const auto value = [&](std::size_t i) { return concepts[i].accuracy.value; };
  REQUIRE(concepts.size() == 8);
  CHECK(value(0) == Approx(5.0 / 8));  // all squares
  CHECK(value(1) == Approx(1.0));      // never turned: 3 of 3
  CHECK(value(2) == 0.0);              // once: the one that was called mine
  CHECK(std::isnan(value(3)));         // twice: none
  CHECK(value(5) == 0.0);              // four times or more: called empty
  CHECK(concepts[6].name == "occupied");
  CHECK(value(6) == Approx(6.0 / 8));
  CHECK(concepts[7].name == "colour");
  CHECK(value(7) == Approx(3.0 / 5));
  CHECK(concepts[7].share == Approx(5.0 / 8));
  CHECK(concepts[0].accuracy.n == 2);

  const auto perfect = concept_accuracy(truth, {answered, truth.states});
  CHECK(perfect[0].accuracy.value == Approx((5.0 / 8 + 1) / 2));  // the mean of two sources
}

TEST_CASE("what the network alone reads is set against what the kernel alone reads") {
  const BoardTruth truth{integers({0, 1, 2, 2, 1, 1, 0, 2}, 4), integers({0, 1, 5, 5, 0, 4, 0, 5}, 4).to(at::kByte)};
  PositionSample sample{Vocabulary(kBoard6), {}};
  sample.games.resize(2);
  sample.plies = {3, 4};
  sample.captures.resize(2);
  const auto network = integers({0, 1, 2, 2, 1, 0, 1, 2}, 4);  // discs: right, right; right, wrong, wrong
  const auto kernel = integers({1, 1, 2, 2, 1, 1, 0, 2}, 4);   // discs: wrong, right; right, right, right
  const auto found = failure_factors(sample, truth, kernel, network);
  CHECK(found["share"]["mean"].get<double>() == Approx(1.0 / 5));
  CHECK(found["reverse_share"]["mean"].get<double>() == Approx(2.0 / 5));
  CHECK(found["net"]["mean"].get<double>() == Approx(-1.0 / 5));
  CHECK(failure_factors(sample, truth, network, network)["net"]["mean"] == 0.0);
}

TEST_CASE("the score of feature learning does not see a scale, which a ridge sets") {
  const BoardTruth truth{integers({0, 1, 2, 1}, 2), integers({0, 1, 5, 0}, 2).to(at::kByte)};
  const auto scores = at::tensor(std::vector<double>{.9, .2, .1, .3, .4, .1, 0, .2, .7, .5, .1, .2}).view({2, 6});
  const auto none = feature_learning(truth, scores, 7 * scores);
  CHECK(none["score"]["mean"].get<double>() == Approx(0.0).margin(1e-12));
  CHECK(none["by_flips"].size() == 5);
  auto better = scores.clone();
  better[1][3] = 0.05;  // the one disc that was called mine
  better[1][4] = 0.9;
  CHECK(feature_learning(truth, scores, better)["score"]["mean"].get<double>() > 0);
}

TEST_CASE("the threshold for legal moves is chosen where it is told to be") {
  const auto fit = at::tensor(std::vector<double>{0.9, 0.8, 0.2, 0.1}).view({1, 4});
  const auto fit_truth = at::tensor(std::vector<std::int64_t>{1, 1, 0, 0}).view({1, 4});
  const auto scores = at::tensor(std::vector<double>{0.6, 0.4, 0.7, 0.3, 0.9, 0.45, 0.1, 0.2}).view({2, 4});
  const auto truth = integers({0, 0, 1, 1, 0, 1, 0, 0}, 4);
  const auto score = legality_score(fit, fit_truth, scores, truth);  // threshold 0.5
  CHECK(score.top1.value == 0.5);
  CHECK(score.balanced.value == Approx((1.0 / 3 + 3.0 / 5) / 2));
}

TEST_CASE("the exponent of errors that fall as n to the −0.4 is 0.4") {
  // Four positions of 1000 squares each; at n the first 1000·(n/100)^−0.4 are wrong.
  const std::vector<std::int64_t> sizes{100, 200, 400, 800};
  const auto states = at::zeros({4, 1000}, at::kLong);
  TensorList answers;
  for (const auto n : sizes) {
    auto answered = at::zeros({4, 1000}, at::kLong);
    answered.slice(1, 0, std::lround(1000 * std::pow(static_cast<double>(n) / 100, -0.4))).fill_(1);
    answers.push_back(answered);
  }
  const auto curve = size_curve(sizes, answers, states);
  CHECK(curve.exponent.value == Approx(0.4).margin(1e-3));
  CHECK(curve.errors[0].value == 1.0);
  CHECK_FALSE(std::isfinite(size_curve({100}, {answers[0]}, states).exponent.value));
}

TEST_CASE("logistic regression finds the coefficients that made the data, and calls nothing what does not vary") {
  constexpr std::int64_t kRows = 20000;
  auto x = at::empty({kRows, 3}, at::kFloat);
  const Stream stream = Stream(2).child("logistic");
  stream.normal(0, {x.data_ptr<float>(), static_cast<std::size_t>(x.numel())});
  auto factors = x.to(at::kDouble);
  factors.select(1, 1).mul_(10);  // the coefficient is per standard deviation
  factors.select(1, 2).fill_(3);
  const auto odds = -1 + 0.8 * factors.select(1, 0) - 0.05 * factors.select(1, 1);
  auto draws = at::empty({kRows}, at::kDouble);
  for (std::int64_t i = 0; i < kRows; ++i)
    draws.data_ptr<double>()[i] = stream.child("draws").draw(static_cast<std::uint64_t>(i), 0) / 4294967296.0;
  const auto happened = (draws < odds.sigmoid()).to(at::kDouble);
  const auto cluster = at::arange(kRows, at::kLong).div(20, "floor");
  const auto found = logistic_regression(factors, happened, cluster, kRows / 20);
  CHECK(found[0].value == Approx(0.8).margin(0.06));
  CHECK(found[1].value == Approx(-0.5).margin(0.06));
  const auto interval = found[0].estimate();
  // The standard error by theory is about (n·p(1 − p))^(−1/2) = 0.017: the interval is four of them wide.
  CHECK(interval.high - interval.low == Approx(4 * 0.018).epsilon(0.3));
  CHECK(std::isnan(found[2].value));
  CHECK(std::isnan(logistic_regression(factors, at::zeros_like(happened), cluster, 1000)[0].value));
}

}  // namespace
}  // namespace othello::test
