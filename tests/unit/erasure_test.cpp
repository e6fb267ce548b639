// If these fail, a concept is still there after it was erased, or more is gone than the concept.
#include "interventions/erasure.h"

#include "tests/support/planted.h"
#include "tests/support/torch_test.h"

namespace othello::test {
namespace {

constexpr std::int64_t kRows = 4000, kWidth = 24, kFree = 10;

/// What probes keep of activations x [rows, width] fp64 and indicators z [rows, outputs] fp64.
NormalEquations sums_of(const Tensor& x, const Tensor& z) {
  const auto with_intercept = at::cat({x, at::ones({x.size(0), 1}, at::kDouble)}, 1);
  NormalEquations sums;
  sums.gram = at::mm(with_intercept.t(), with_intercept);
  sums.cross = {at::mm(with_intercept.t(), z)};
  sums.rows = at::full({1}, static_cast<double>(x.size(0)), at::kDouble);
  return sums;
}

Tensor indicators_of(const Tensor& labels, std::int64_t classes) {
  return at::one_hot(labels, classes).to(at::kDouble);
}

/// Three classes of different frequency, their means in a plane; kFree more coordinates that have exactly no
/// correlation with classes or plane. All of it is written into kWidth correlated columns of rank 2 + kFree, with an
/// offset.
struct Planted {
  Planted() {
    at::manual_seed(5);
    labels = (at::rand({kRows}) * 10).floor().clamp(5, 7).to(at::kLong) - 5;  // 60, 10 and 30 %
    z = indicators_of(labels, 3);
    const auto means = at::tensor({3.0, 0.0, -1.0, 2.0, 0.0, -3.0}, at::kDouble).view({3, 2});
    const auto plane = at::mm(z, means) + at::randn({kRows, 2}, at::kDouble);
    const auto known =
        std::get<0>(at::linalg_qr(at::cat({at::ones({kRows, 1}, at::kDouble), plane, z}, 1).narrow(1, 0, 5)));
    auto noise = at::randn({kRows, kFree}, at::kDouble);
    free = noise - at::mm(known, at::mm(known.t(), noise));
    mixing = at::randn({2 + kFree, kWidth}, at::kDouble);
    mixing.narrow(0, 2, 3).mul_(5);
    x = at::mm(at::cat({plane, free}, 1), mixing) + 4;
    moments = concept_moments(sums_of(x, z), 0);
  }
  /// The free coordinates, as they stand in activations.
  Tensor free_of(const Tensor& y) const {
    return at::mm(y.to(at::kDouble) - 4, at::linalg_pinv(mixing)).narrow(1, 2, kFree);
  }
  double majority() const { return z.mean(0).max().item<double>(); }

  Tensor labels, z, free, mixing, x;
  ConceptMoments moments;
};

/// The inverse of a covariance along the directions whose variance is no rounding.
Tensor precision_of(const Tensor& covariance) {
  const auto [values, vectors] = at::linalg_eigh(covariance);
  return at::mm(vectors * at::where(values > 1e-6, 1 / values, at::zeros_like(values)), vectors.t());
}

/// Slopes of the best linear prediction of z from x, computed anew from the rows: [width, classes]. What varies by less
/// than 1e-3 is the rounding of fp32.
Tensor slopes(const Tensor& x, const Tensor& z) {
  const auto centred = x.to(at::kDouble) - x.to(at::kDouble).mean(0, true);
  const auto n = static_cast<double>(x.size(0));
  return at::mm(precision_of(at::mm(centred.t(), centred) / n), at::mm(centred.t(), z - z.mean(0, true)) / n);
}

/// Share of rows that the best linear prediction of z classifies rightly.
double readable(const Tensor& x, const Tensor& z) {
  const auto wide = x.to(at::kDouble);
  const auto answers = at::mm(wide - wide.mean(0, true), slopes(x, z)) + z.mean(0, true);
  return answers.argmax(1).eq(z.argmax(1)).to(at::kDouble).mean().item<double>();
}

/// Mean squared length of how far activations moved, where `metric` [width, width] measures.
double change(const Eraser& eraser, const Planted& planted, const Tensor& metric) {
  const auto moved = eraser.apply(planted.x.to(at::kFloat)).to(at::kDouble) - planted.x;
  return (at::mm(moved, metric) * moved).sum().item<double>() / kRows;
}

double largest(const Tensor& tensor) { return tensor.abs().max().item<double>(); }

}  // namespace

TEST_CASE("moments of one square are those of its rows") {
  const Planted planted;
  const auto other = indicators_of(at::randint(2, {kRows}, at::kLong), 2);
  const auto sums = sums_of(planted.x, at::cat({other, planted.z}, 1));
  const auto moments = concept_moments(sums, 0, 2, 3);
  const auto centred = planted.x - planted.x.mean(0, true);
  CHECK(at::allclose(moments.covariance, at::mm(centred.t(), centred) / kRows, 1e-9, 1e-9));
  CHECK(at::allclose(moments.cross, at::mm(centred.t(), planted.z) / kRows, 1e-9, 1e-9));
  CHECK(at::allclose(moments.mean, planted.x.mean(0)));
  CHECK(at::allclose(moments.frequencies, planted.z.mean(0)));
  CHECK(concept_moments(sums, 0).cross.size(1) == 5);
  CHECK(contains(error_of([&] { concept_moments(sums, 0, 3, 3); }), "5 outputs"));
  auto none = sums;
  none.rows = at::zeros({1}, at::kDouble);
  CHECK(contains(error_of([&] { concept_moments(none, 0); }), "without positions"));
  none.rows = 2 * sums.rows;
  CHECK(contains(error_of([&] { concept_moments(none, 0); }), "one intercept"));
}

TEST_CASE("moments can be had from the sums of a sweep") {
  const auto batch = planted_batch(0, 20, 6, [](const Tensor& x) {
    return at::stack({(x.select(1, 0) > 0).to(at::kLong), x.narrow(1, 2, 3).argmax(1)}, 1);
  });
  const ActivationInput input("x", 0, 6);
  NormalEquations sums(input, {6});
  for (const int parity : {0, 1}) sums.add(input, *batch, parity, {indicators(*batch, 0, parity, 2, 3)});
  const auto moments = concept_moments(sums, 0, 3, 3);  // of the second unit
  const auto x = batch->activations[0].to(at::kDouble), centred = x - x.mean(0, true);
  const auto z = indicators_of(x.narrow(1, 2, 3).argmax(1), 3);
  const auto rows = static_cast<double>(x.size(0));
  CHECK(moments.rows == rows);
  CHECK(at::allclose(moments.covariance, at::mm(centred.t(), centred) / rows, 1e-9, 1e-9));
  CHECK(at::allclose(moments.cross, at::mm(centred.t(), z) / rows, 0, 1e-6));
  CHECK(leace(concept_moments(sums, 0), 0).rank() == 3);  // one for the first unit, whose third class never occurs
}

TEST_CASE("after LEACE no linear readout finds the concept, and all that is not correlated with it is as it was") {
  const Planted planted;
  REQUIRE(readable(planted.x, planted.z) > 0.9);
  const auto eraser = leace(planted.moments);
  CHECK(eraser.rank() == 2);
  const auto erased = eraser.apply(planted.x.to(at::kFloat));
  CHECK(largest(slopes(erased, planted.z)) < 1e-4);
  CHECK(readable(erased, planted.z) == planted.majority());
  CHECK(at::allclose(planted.free_of(erased), planted.free, 0, 1e-3));
  CHECK(at::allclose(erased.mean(0).to(at::kDouble), planted.moments.mean, 0, 1e-3));
  CHECK(at::allclose(eraser.apply(erased), erased, 0, 1e-3));  // a projection

  SECTION("it is the published map, written without square roots") {
    const auto precision = precision_of(planted.moments.covariance);
    const auto& cross = planted.moments.cross;
    const auto back = at::mm(cross.t(), precision);  // [classes, width]
    const auto map = at::mm(at::mm(cross, precision_of(at::mm(back, cross))), back);
    const auto expected = planted.x - at::mm(planted.x - planted.moments.mean, map.t());
    CHECK(at::allclose(erased.to(at::kDouble), expected, 0, 1e-3));
  }
  SECTION("classes that never occur or indicators that never change are no matter") {
    const auto more = at::cat({at::zeros({kRows, 1}, at::kDouble), planted.z, at::ones({kRows, 1}, at::kDouble)}, 1);
    for (const double tolerance : {0.0, 0.01}) {
      const auto same = leace(concept_moments(sums_of(planted.x, more), 0), tolerance);
      CHECK(same.rank() == 2);
      CHECK(at::allclose(same.apply(planted.x.to(at::kFloat)), erased, 0, 1e-3));
    }
  }
  SECTION("two squares are erased together") {
    const auto second = indicators_of((planted.free.select(1, 0) > 0).to(at::kLong), 2);
    const auto z = at::cat({planted.z, second}, 1);
    const auto both = leace(concept_moments(sums_of(planted.x, z), 0));
    CHECK(both.rank() == 3);
    CHECK(largest(slopes(both.apply(planted.x.to(at::kFloat)), z)) < 1e-4);
    CHECK(readable(erased, second) > 0.95);
  }
}

TEST_CASE("INLP with enough rounds leaves the majority, at a larger change than LEACE's in any norm") {
  const Planted planted;
  const auto x = planted.x.to(at::kFloat);
  const auto one = iterative_nullspace(planted.moments, 1), all = iterative_nullspace(planted.moments, 20);
  CHECK(one.rank() == 2);
  CHECK(all.rank() > 2);
  CHECK(all.rank() <= 2 + kFree);
  CHECK(readable(one.apply(x), planted.z) < readable(x, planted.z));
  CHECK(readable(all.apply(x), planted.z) == planted.majority());
  CHECK(at::allclose(at::mm(all.left.t(), all.right), at::eye(all.rank()), 0, 1e-5));
  const auto gone = at::mm(all.left, all.left.t()).to(at::kDouble);
  CHECK(largest(planted.moments.cross - at::mm(gone, planted.moments.cross)) < 1e-4);

  const auto identity = at::eye(kWidth, at::kDouble), mahalanobis = precision_of(planted.moments.covariance);
  const auto smallest = leace(planted.moments, 0);
  // The least that an orthogonal projection can take away is the span of Σxz.
  const auto u = std::get<0>(at::linalg_svd(planted.moments.cross, false)).narrow(1, 0, 2).to(at::kFloat);
  const Eraser least{planted.moments.mean.to(at::kFloat), u, u};
  CHECK(readable(least.apply(x), planted.z) == planted.majority());
  for (const auto& metric : {identity, mahalanobis})
    for (const auto& other : {all, least}) CHECK(change(smallest, planted, metric) < change(other, planted, metric));
  // Whitened, two of the twelve dimensions are gone: a variance of 1 in each.
  CHECK(change(smallest, planted, mahalanobis) == Approx(2).epsilon(1e-3));
}

TEST_CASE("a random erasure has the rank it was asked for and leaves the concept readable") {
  const Planted planted;
  const auto x = planted.x.to(at::kFloat);
  const auto mahalanobis = precision_of(planted.moments.covariance);
  for (const std::uint64_t seed : {1, 2, 3}) {
    const auto plain = random_erasure(kWidth, 2, planted.moments.mean, Stream(seed));
    const auto whitened = random_whitened_erasure(planted.moments, 2, Stream(seed));
    for (const auto& eraser : {plain, whitened}) {
      CHECK(eraser.rank() == 2);
      const auto erased = eraser.apply(x);
      CHECK(readable(erased, planted.z) > 0.8);
      const auto moved = at::linalg_svdvals(erased.to(at::kDouble) - planted.x);
      CHECK((moved > 1e-4 * moved[0]).sum().item<int>() == 2);
      CHECK(at::allclose(eraser.apply(erased), erased, 0, 1e-3));
    }
    CHECK(change(whitened, planted, mahalanobis) == Approx(2).epsilon(1e-3));  // as much as LEACE
    CHECK(at::equal(random_erasure(kWidth, 2, planted.moments.mean, Stream(seed)).left, plain.left));
  }
  CHECK(contains(error_of([&] { random_erasure(kWidth, kWidth + 1, planted.moments.mean, Stream(1)); }), "subspace"));
  CHECK(contains(error_of([&] { random_whitened_erasure(planted.moments, 13, Stream(1)); }), "12 directions"));
}

TEST_CASE("what no linear readout can see is left alone") {
  const auto coins = at::cartesian_prod({at::tensor({-1.0, 1.0}, at::kDouble), at::tensor({-1.0, 1.0}, at::kDouble),
                                         at::tensor({-1.0, 1.0}, at::kDouble)});
  at::manual_seed(6);
  const auto x = at::mm(coins, at::randn({3, 5}, at::kDouble));
  const auto exclusive = indicators_of((coins.select(1, 0) * coins.select(1, 1) > 0).to(at::kLong), 2);
  const auto moments = concept_moments(sums_of(x, exclusive), 0);
  for (const auto& eraser : {leace(moments), leace(moments, 0)}) {
    CHECK(eraser.rank() == 0);
    CHECK(at::equal(eraser.apply(x.to(at::kFloat)), x.to(at::kFloat)));
  }

  SECTION("from a sample, above the correlations of chance") {
    const auto sample = at::randn({20000, 6}, at::kDouble);
    const auto either = indicators_of((sample.select(1, 0) * sample.select(1, 1) > 0).to(at::kLong), 2);
    CHECK(leace(concept_moments(sums_of(sample, either), 0), 0.03).rank() == 0);
    CHECK(leace(concept_moments(sums_of(sample, either), 0), 0).rank() == 1);
  }
  SECTION("activations or labels that never change") {
    const auto same = at::full({8, 5}, 4.7, at::kDouble);
    CHECK(leace(concept_moments(sums_of(same, exclusive), 0)).rank() == 0);
    CHECK(iterative_nullspace(concept_moments(sums_of(same, exclusive), 0), 3).rank() == 0);
    CHECK(leace(concept_moments(sums_of(x, at::ones({8, 1}, at::kDouble)), 0)).rank() == 0);
  }
}

}  // namespace othello::test
