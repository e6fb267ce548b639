// If these fail, what the theory predicts of a kernel is not what the theory says.
#include "theory/learnability.h"

#include "common/random.h"
#include "tests/support/torch_test.h"
#include "theory/kernel_spectrum.h"

namespace othello::test {
namespace {

Tensor normal(std::initializer_list<std::int64_t> shape, std::uint64_t item) {
  auto x = at::empty(at::IntArrayRef(shape), at::kFloat);
  Stream(11).child("learnability test").normal(item, {x.data_ptr<float>(), static_cast<std::size_t>(x.numel())});
  return x.to(at::kDouble);
}

/// A kernel matrix of `pool` rows with eigenvalues i^−1.5.
struct Pool {
  explicit Pool(std::int64_t pool) : rows(pool) {
    vectors = std::get<0>(at::linalg_qr(normal({pool, pool}, 0)));
    values = at::arange(1, pool + 1, at::kDouble).pow(-1.5) * static_cast<double>(pool);
    k = (vectors * values).mm(vectors.t());
  }
  std::int64_t rows;
  Tensor vectors, values, k;
};

/// Σᵢ of what a fit on n samples to eigenvector i has of it again: the learnability of every mode together.
double measured_learnability(const Pool& pool, std::int64_t n, double ridge) {
  const auto samples = at::arange(n, at::kLong);
  const auto among = pool.k.slice(0, 0, n).slice(1, 0, n) + ridge * at::eye(n, at::kDouble);
  const auto predicted = pool.k.slice(1, 0, n).mm(at::linalg_solve(among, pool.vectors.index_select(0, samples)));
  return (predicted * pool.vectors).sum().item<double>();
}

TEST_CASE("the learnability of all modes together is the number of samples, and less with a ridge") {
  const Pool pool(60);
  CHECK(measured_learnability(pool, 12, 0) == Approx(12.0).epsilon(1e-9));
  CHECK(measured_learnability(pool, 12, 0.5) < 11.9);
  CHECK(learnability(pool.values, 60, 12, 0).modes.sum().item<double>() == Approx(12.0).epsilon(1e-9));
  const auto with_ridge = learnability(pool.values, 60, 12, 0.5);
  const double sum = with_ridge.modes.sum().item<double>();
  CHECK(sum < 11.9);
  CHECK(sum + 0.5 / with_ridge.kappa == Approx(12.0).epsilon(1e-9));
}

TEST_CASE("the predicted error is near the mean error of fits on samples of the pool") {
  const Pool pool(200);
  for (const double ridge : {0.0, 2.0}) {
    const auto y =
        pool.vectors.slice(1, 0, 1) + 0.5 * pool.vectors.slice(1, 5, 6) + 0.3 * pool.vectors.slice(1, 30, 31);
    const auto power = concept_power(pool.vectors, y);
    CHECK(power.sum().item<double>() == Approx(1.0));
    const auto predicted = learned_target(learnability(pool.values, 200, 40, ridge), power);
    double measured = 0;
    constexpr int kDraws = 40;
    for (int draw = 0; draw < kDraws; ++draw) {
      std::vector<std::int64_t> order(200);
      for (std::int64_t i = 0; i < 200; ++i) order[static_cast<std::size_t>(i)] = i;
      Stream(5).child("samples").shuffle(static_cast<std::uint64_t>(draw), std::span(order));
      measured +=
          measured_error(pool.k, y, at::tensor(std::vector<std::int64_t>(order.begin(), order.begin() + 40)), ridge);
    }
    CHECK(predicted.predicted_error == Approx(measured / kDraws).epsilon(0.15));
  }
}

TEST_CASE("modes with more eigenvalue are learned more, and what no mode holds is not learned") {
  const Pool pool(50);
  const auto learned = learnability(pool.values, 50, 10, 0.1);
  CHECK((learned.modes.slice(0, 0, 49) >= learned.modes.slice(0, 1)).all().item<bool>());
  const auto nothing = learned_target(learned, at::zeros({50}, at::kDouble));
  CHECK(nothing.learnability == 0);
  CHECK(nothing.predicted_error == Approx(learned.overfitting));
  CHECK(learnability(pool.values, 50, 50, 0).kappa == 0);
}

TEST_CASE("a spectrum's exponent is that it was made with") {
  const auto values = at::arange(1, 401, at::kDouble).pow(-1.7);
  CHECK(decay_exponent(values) == Approx(1.7));
  CHECK(std::isnan(decay_exponent(values.slice(0, 0, 8))));
}

TEST_CASE("the largest eigenvectors by iteration span what a whole factorisation gives") {
  const Pool pool(120);
  const auto top = top_eigenvectors(pool.k, 8);
  CHECK(top.size(1) == 8);
  CHECK(top.t().mm(pool.vectors.slice(1, 0, 8)).square().sum().item<double>() == Approx(8.0).epsilon(1e-6));
  CHECK(top_eigenvectors(pool.k.slice(0, 0, 5).slice(1, 0, 5), 8).size(1) == 5);
}

}  // namespace
}  // namespace othello::test
