// If these fail, a hidden-layer probe misses what is there, or differs from run to run.
#include "probes/mlp.h"

#include "tests/support/planted.h"
#include "tests/support/torch_test.h"

namespace othello::test {
namespace {

constexpr std::int64_t kWidth = 8;

/// An exclusive or, and a unit of three classes.
Tensor concepts(const Tensor& x) {
  const auto exclusive = (x.select(1, 0) > 0).ne(x.select(1, 1) > 0).to(at::kLong);
  return at::stack({exclusive, x.narrow(1, 2, 3).argmax(1)}, 1);
}

MlpSettings quick() {
  MlpSettings settings;
  settings.width = 64;
  settings.rate = 1e-2;
  settings.batch_rows = 256;
  return settings;
}

}  // namespace

TEST_CASE("a hidden-layer probe finds an exclusive or and stops by itself on other games") {
  const auto fit = planted_batches(8, 32, kWidth, concepts), held_out = planted_batches(1, 32, kWidth, concepts, 1000),
             test = planted_batches(1, 32, kWidth, concepts, 2000);
  const ActivationInput input("x", 0, kWidth);
  auto settings = quick();
  settings.most_epochs = 100;
  const auto found = fit_mlp({input, fit, held_out, {0, 1}, 0, 2, 3}, settings);
  CHECK(found.converged);
  CHECK(found.epochs < 100);
  CHECK(found.held_out_loss < 0.2);
  const auto& batch = *test[0];
  const auto scores = found.probe.logits(input.rows(batch, 1).narrow(1, 0, kWidth));
  CHECK(accuracy(batch, 1, scores, 2) > 0.93);
}

TEST_CASE("a hidden-layer probe does not depend on the number of workers, but on its seed") {
  const auto fit = planted_batches(2, 8, kWidth, concepts), held_out = planted_batches(1, 8, kWidth, concepts, 1000);
  const ActivationInput input("x", 0, kWidth, false);
  const MlpProblem problem{input, fit, held_out, {0}, 0, 2, 3};
  auto settings = quick();
  settings.most_epochs = 3;
  const auto one = fit_mlp(problem, settings);
  settings.workers = 3;
  const auto three = fit_mlp(problem, settings);
  CHECK(at::equal(one.probe.w2, three.probe.w2));
  CHECK(one.held_out_loss == three.held_out_loss);
  settings.seed = 1;
  CHECK_FALSE(at::equal(fit_mlp(problem, settings).probe.w1, one.probe.w1));
}

TEST_CASE("a hidden-layer probe reads the same from columns of another size and offset") {
  auto fit = planted_batches(2, 8, kWidth, concepts), held_out = planted_batches(1, 8, kWidth, concepts, 1000);
  const ActivationInput input("x", 0, kWidth);
  auto settings = quick();
  settings.most_epochs = 2;
  const auto plain = fit_mlp({input, fit, held_out, {0}, 0, 2, 3}, settings);
  for (const auto* part : {&fit, &held_out})
    for (const auto& batch : *part) batch->activations[0].mul_(256).add_(1024);
  CHECK(fit_mlp({input, fit, held_out, {0}, 0, 2, 3}, settings).held_out_loss ==
        Approx(plain.held_out_loss).epsilon(1e-2));
}

TEST_CASE("a hidden-layer probe can be given up between two epochs, and kept to the last bit") {
  const auto fit = planted_batches(2, 8, kWidth, concepts), held_out = planted_batches(1, 8, kWidth, concepts, 1000);
  const ActivationInput input("x", 0, kWidth);
  auto settings = quick();
  settings.most_epochs = 3;
  int epochs = 0;
  settings.pause = [&] {
    if (++epochs == 2) fail("enough");
  };
  CHECK(error_of([&] { fit_mlp({input, fit, held_out, {0}, 0, 2, 3}, settings); }) == "enough");
  settings.pause = {};
  const auto found = fit_mlp({input, fit, held_out, {0}, 0, 2, 3}, settings);
  const auto again = MlpFit::from_tensors(found.to_tensors());
  CHECK(again.epochs == 3);
  CHECK(again.held_out_loss == found.held_out_loss);
  CHECK(again.converged == found.converged);
  const auto x = at::ones({1, kWidth});
  CHECK(at::equal(again.probe.logits(x), found.probe.logits(x)));
}

TEST_CASE("a hidden-layer probe without positions to be stopped by is refused in words") {
  const auto fit = planted_batches(1, 4, kWidth, concepts);
  const ProbeBatches none;
  const ActivationInput input("x", 0, kWidth);
  CHECK(contains(error_of([&] { fit_mlp({input, fit, none, {0}, 0, 2, 3}, {}); }), "lacks positions"));
}

}  // namespace othello::test
