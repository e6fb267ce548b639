// If these fail, a subspace that carries a concept is missed, or a random one passes for it.
#include "interventions/subspace.h"

#include "tests/support/torch_test.h"

namespace othello::test {
namespace {

constexpr std::int64_t kWidth = 16, kBatch = 128;

/// A network whose answer, one of four, depends on the signs of two coordinates in a rotated basis alone.
struct Toy {
  Toy() {
    at::manual_seed(7);
    planted = std::get<0>(at::linalg_qr(at::randn({kWidth, kWidth}))).narrow(1, 0, 2);
  }
  /// [rows, width] → [rows, 4]
  Tensor logits(const Tensor& x) const {
    const auto s = at::tanh(2 * at::mm(x, planted));
    return 3 * at::mm(s, at::tensor({1.0F, 1.0F, -1.0F, -1.0F, 1.0F, -1.0F, 1.0F, -1.0F}).view({2, 4}));
  }
  Tensor answers(const Tensor& x) const { return logits(x).argmax(1); }

  /// Share of pairs that answer as the source does once its part in the subspace is swapped in.
  double interchange_accuracy(const Subspace& subspace) const {
    at::manual_seed(8);
    const auto base = at::randn({2000, kWidth}), source = at::randn({2000, kWidth});
    return answers(subspace.swap(base, source)).eq(answers(source)).to(at::kDouble).mean().item<double>();
  }
  /// Cosines of the principal angles with the planted subspace, falling.
  Tensor cosines(const Subspace& subspace) const { return at::linalg_svdvals(at::mm(subspace.basis.t(), planted)); }

  SubspaceFit fit(std::uint64_t seed) const {
    SubspaceSettings settings;
    settings.steps = 300, settings.rate = 0.02, settings.seed = seed;
    return fit_subspace(kWidth, 2, settings, [&](const Tensor& basis, int step) {
      at::manual_seed(static_cast<std::uint64_t>(1000 + step));
      const auto base = at::randn({kBatch, kWidth}), source = at::randn({kBatch, kWidth});
      return at::cross_entropy_loss(logits(Subspace{basis}.swap(base, source)), answers(source));
    });
  }

  Tensor planted;  // [width, 2]
};

double off_orthonormal(const Tensor& basis) {
  return (at::mm(basis.t(), basis) - at::eye(basis.size(1))).abs().max().item<double>();
}

}  // namespace

TEST_CASE("a swap takes what lies in the subspace from the source and all else from the base") {
  const auto subspace = random_subspace(kWidth, 5, 1);
  CHECK(off_orthonormal(subspace.basis) < 1e-5);
  at::manual_seed(9);
  const auto base = at::randn({3, 4, kWidth}), source = at::randn({3, 4, kWidth});
  const auto swapped = subspace.swap(base, source);
  const auto inside = at::mm(subspace.basis, subspace.basis.t());
  CHECK(at::allclose(at::matmul(swapped, inside), at::matmul(source, inside), 0, 1e-5));
  CHECK(at::allclose(swapped - at::matmul(swapped, inside), base - at::matmul(base, inside), 0, 1e-5));
  CHECK(at::equal(subspace.swap(base, base), base));
  CHECK(at::allclose(random_subspace(kWidth, kWidth, 1).swap(base, source), source, 0, 1e-5));
  CHECK(at::equal(random_subspace(kWidth, 0, 1).swap(base, source), base));
  CHECK(at::equal(random_subspace(kWidth, 5, 1).basis, subspace.basis));
  CHECK_FALSE(at::equal(random_subspace(kWidth, 5, 2).basis, subspace.basis));
  CHECK(contains(error_of([] { random_subspace(4, 5, 1); }), "no subspace of 5"));
}

TEST_CASE("a planted rotated subspace is found from any start, and no random one passes for it") {
  const Toy toy;
  for (const std::uint64_t seed : {1, 2, 3}) {
    const auto found = toy.fit(seed);
    CHECK(toy.cosines(found.subspace).min().item<double>() > 0.98);
    CHECK(toy.interchange_accuracy(found.subspace) > 0.95);
    CHECK(off_orthonormal(found.subspace.basis) < 1e-5);
    REQUIRE(found.losses.size() == 300);
    CHECK(found.losses.back() < found.losses.front() / 4);

    const auto control = random_subspace(kWidth, 2, seed);
    CHECK(toy.cosines(control).min().item<double>() < 0.9);
    CHECK(toy.interchange_accuracy(control) < 0.6);
  }
}

TEST_CASE("a learned subspace depends on its seed alone, also where gradients are off") {
  const Toy toy;
  const auto once = toy.fit(1);
  const at::NoGradGuard no_grad;
  const auto again = toy.fit(1);
  CHECK(once.losses == again.losses);
  CHECK(at::equal(once.subspace.basis, again.subspace.basis));
  CHECK_FALSE(again.subspace.basis.requires_grad());
}

TEST_CASE("a loss that is not finite ends the search in words") {
  const auto broken = [](const Tensor& basis, int) { return basis.sum() / 0.0; };
  CHECK(contains(error_of([&] { fit_subspace(4, 2, {}, broken); }), "not finite at step 0"));
}

}  // namespace othello::test
