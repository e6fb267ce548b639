// If these fail, a logistic probe is not the optimum that it is said to be.
#include "probes/logistic.h"

#include "probes/normal_equations.h"
#include "tests/support/planted.h"
#include "tests/support/torch_test.h"

namespace othello::test {
namespace {

constexpr std::int64_t kWidth = 6;

/// Two units of three classes that depend on x, with products of its columns as noise that no line separates.
Tensor three_classes(const Tensor& x) {
  const auto of = [&](std::int64_t column) { return x.select(1, column); };
  const auto noise = of(2) * of(3), other = of(4) * of(5);
  const auto scores =
      at::stack({of(0) + noise, of(1) + other, noise * 0.5, of(1) - noise, of(0) + other, of(2) + 2 * noise}, 1);
  return scores.view({-1, 2, 3}).argmax(2);
}

LogisticSettings precise() {
  LogisticSettings settings;
  settings.l2 = 1e-3;
  settings.tolerance = 2e-6;
  return settings;
}

/// X [rows, width] and labels [rows, units] of the rows of both parities, in fp64.
std::pair<Tensor, Tensor> written_out(const ProbeInput& input, const ProbeBatches& batches, std::int64_t units) {
  TensorList xs, ys;
  for (const auto& batch : batches)
    for (const int parity : {0, 1}) {
      const auto count = batch->positions.count(parity);
      auto transposed = torch::zeros({input.width(), count}, at::kDouble);
      input.adjoint(*batch, parity, at::eye(count, at::kFloat), transposed);
      xs.push_back(transposed.t().contiguous());
      const auto* labels = batch->labels[0].data() + batch->positions.begin[parity] * units;
      ys.push_back(at::tensor(at::ArrayRef<std::uint8_t>(labels, static_cast<std::size_t>(count * units)), at::kLong)
                       .view({count, units}));
    }
  return {at::cat(xs), at::cat(ys)};
}

/// Newton's method on one unit, all in fp64 with the whole Hessian: [width, classes].
Tensor newton(const Tensor& x, const Tensor& y, std::int64_t classes, const Tensor& penalty) {
  const auto n = static_cast<double>(x.size(0));
  const auto width = x.size(1);
  auto w = torch::zeros({width, classes}, at::kDouble);
  const auto truth = at::one_hot(y, classes).to(at::kDouble);
  for (int step = 0; step < 30; ++step) {
    const auto p = at::softmax(at::mm(x, w), 1);
    const auto gradient = at::mm(x.t(), p - truth) / n + penalty.unsqueeze(1) * w;
    auto hessian = torch::zeros({width, classes, width, classes}, at::kDouble);
    for (std::int64_t a = 0; a < classes; ++a)
      for (std::int64_t b = 0; b < classes; ++b) {
        const auto weight = p.select(1, a) * ((a == b ? 1.0 : 0.0) - p.select(1, b)) / n;
        hessian.select(3, b).select(1, a).copy_(at::mm((x * weight.unsqueeze(1)).t(), x));
        if (a == b) hessian.select(3, b).select(1, a).diagonal().add_(penalty);
      }
    const auto flat = hessian.view({width * classes, width * classes});
    w = w - at::mv(at::inverse(flat), gradient.reshape({-1})).view({width, classes});
  }
  return w;
}

void check_newton(const ProbeInput& input, const ProbeBatches& batches, double tolerance) {
  auto settings = precise();
  const auto fit = fit_logistic({input, batches, {0, 1}, 0, 2, 3}, settings);
  CHECK(fit.converged);
  const auto [x, y] = written_out(input, batches, 2);
  auto penalty = torch::full({input.width()}, 1e-8, at::kDouble);
  penalty.narrow(0, 0, input.features())
      .copy_(input.penalty(at::mm(x.t(), x)) / static_cast<double>(x.size(0)) * settings.l2);
  for (std::int64_t unit = 0; unit < 2; ++unit) {
    const auto expected = newton(x, y.select(1, unit), 3, penalty);
    const auto found = fit.weights.narrow(1, unit * 3, 3).to(at::kDouble);
    // Adding the same to all classes changes nothing but, for an intercept, the tiny penalty.
    const auto centred = [](const Tensor& w) { return w - w.mean(1, true); };
    CHECK((centred(found) - centred(expected)).abs().max().item<double>() < tolerance);
  }
}

}  // namespace

TEST_CASE("a logistic probe is the optimum that Newton's method finds with the whole Hessian") {
  const auto batches = planted_batches(3, 8, kWidth, three_classes);
  check_newton(ActivationInput("x", 0, kWidth), batches, 1e-3);
  check_newton(ActivationInput("bare", 0, kWidth, false), batches, 1e-3);
}

TEST_CASE("a logistic probe on indicators of moves is the optimum too, and so is one on both") {
  const auto batches = planted_batches(3, 8, kWidth, three_classes);
  const Vocabulary vocabulary(kBoard6);
  const MoveInput bag(MoveInput::Kind::bag_of_moves, vocabulary);
  const ActivationInput bare("bare", 0, kWidth, false);
  check_newton(bag, batches, 2e-2);
  check_newton(JointInput(bag, bare), batches, 2e-2);
}

TEST_CASE("columns of very different size and offset do not keep a logistic probe from its optimum") {
  const auto scale = at::tensor({1e-3F, 1.0F, 300.0F, 1.0F, 1.0F, 1.0F}),
             offset = at::tensor({0.0F, 20.0F, 0.0F, 0.0F, 5.0F, 0.0F});
  auto batches = planted_batches(3, 8, kWidth, three_classes);
  auto settings = precise();
  settings.l2 = 0;
  settings.tolerance = 1e-5;
  const ActivationInput input("x", 0, kWidth);
  const auto plain = fit_logistic({input, batches, {0}, 0, 2, 3}, settings);
  for (const auto& batch : batches) batch->activations[0].mul_(scale).add_(offset);
  const auto changed = fit_logistic({input, batches, {0}, 0, 2, 3}, settings);
  CHECK(changed.converged);
  CHECK(changed.loss == Approx(plain.loss).epsilon(1e-3));
}

TEST_CASE("a logistic probe depends neither on the number of workers nor on where it starts") {
  const auto batches = planted_batches(9, 4, kWidth, three_classes);
  const ActivationInput input("x", 0, kWidth);
  const LogisticProblem problem{input, batches, {0, 1}, 0, 2, 3};
  auto settings = precise();
  const auto one = fit_logistic(problem, settings);
  settings.workers = 3;
  CHECK(at::equal(fit_logistic(problem, settings).weights, one.weights));
  const auto elsewhere = fit_logistic(problem, settings, at::randn({kWidth + 1, 6}));
  CHECK(elsewhere.converged);
  CHECK((elsewhere.weights - one.weights).abs().max().item<double>() < 1e-3);
  CHECK(elsewhere.loss == Approx(one.loss).epsilon(1e-5));
}

TEST_CASE("where the penalty is all that matters, a logistic probe is ridge regression") {
  // To first order in W the softmax is linear: with two balanced classes W = −gradient(0) / penalty, as ridge is.
  const auto batches = planted_batches(3, 8, kWidth, [](const Tensor& x) { return x.select(1, 0) > x.select(1, 1); });
  const ActivationInput bare("bare", 0, kWidth, false);
  auto settings = precise();
  settings.l2 = 1e3;
  settings.tolerance = 1e-7;
  const auto fit = fit_logistic({bare, batches, {0, 1}, 0, 1, 2}, settings);
  NormalEquations sums(bare, {2});
  double rows = 0;
  for (const auto& batch : batches)
    for (const int parity : {0, 1}) {
      sums.add(bare, *batch, parity, {indicators(*batch, 0, parity, 1, 2) - 0.5});
      rows += static_cast<double>(batch->positions.count(parity));
    }
  const auto ridge = solve_ridge(bare, sums, 1e3)[0];
  CHECK(at::allclose(fit.weights, ridge, 0.01, 1e-6));
  CHECK(rows > 0);
}

TEST_CASE("a logistic probe finds a concept that is linear, and not one that is an exclusive or") {
  const auto is_linear = [](const Tensor& x) { return at::mv(x, at::arange(1, 9, at::kFloat)) > 1; };
  const auto is_xor = [](const Tensor& x) { return (x.select(1, 0) > 0).ne(x.select(1, 1) > 0); };
  const ActivationInput input("x", 0, 8);
  for (const bool linear : {true, false}) {
    const auto make = [&](int batches, std::int64_t first) {
      return linear ? planted_batches(batches, 32, 8, is_linear, first)
                    : planted_batches(batches, 32, 8, is_xor, first);
    };
    const auto fit = make(8, 0), test = make(1, 1000);
    const auto probe = fit_logistic({input, fit, {0, 1}, 0, 1, 2}, {});
    const auto found = accuracy(*test[0], 0, input.apply(*test[0], 0, probe.weights), 1);
    if (linear) CHECK(found > 0.98);
    else CHECK(std::abs(found - 0.5) < 0.08);
  }
}

TEST_CASE("a logistic probe of very many classes finds its optimum too") {
  const auto largest = [](const Tensor& x) { return x.narrow(1, 0, 40).argmax(1); };
  const auto fit = planted_batches(4, 32, 64, largest);
  const ActivationInput input("x", 0, 64);
  const auto probe = fit_logistic({input, fit, {0, 1}, 0, 1, 40}, precise());
  CHECK(probe.converged);
  CHECK(accuracy(*fit[0], 0, input.apply(*fit[0], 0, probe.weights), 1) > 0.9);
}

TEST_CASE("labels that are constant, separable or without one of the classes leave a logistic probe finite") {
  const ActivationInput input("x", 0, kWidth);
  const auto batches = planted_batches(3, 8, kWidth, [](const Tensor& x) {
    const auto separable = (x.select(1, 0) > 0).to(at::kLong);
    return at::stack({at::zeros_like(separable), separable, separable * 2}, 1);  // class 1 never occurs in the last
  });
  const auto fit = fit_logistic({input, batches, {0, 1}, 0, 3, 3}, {});
  CHECK(fit.converged);
  CHECK(at::isfinite(fit.weights).all().item<bool>());
  CHECK(fit.weights.abs().max().item<double>() < 1000);
  CHECK(std::isfinite(fit.loss));
  for (const auto& batch : batches) CHECK(accuracy(*batch, 0, input.apply(*batch, 0, fit.weights), 3) > 0.99);
}

TEST_CASE("with intercepts alone a logistic probe gives the frequencies of the classes at each ply") {
  const auto batches = planted_batches(3, 8, kWidth, three_classes);
  const MoveInput majority(MoveInput::Kind::majority, Vocabulary(kBoard6));
  const auto fit = fit_logistic({majority, batches, {0, 1}, 0, 2, 3}, precise());
  CHECK(fit.converged);
  const auto [x, y] = written_out(majority, batches, 2);
  const auto counts = at::mm(x.t(), at::one_hot(y, 3).to(at::kDouble).view({-1, 6}));  // [plies, units·classes]
  const auto rows = x.sum(0).view({-1, 1, 1});
  const auto expected = counts.view({-1, 2, 3}) / rows.clamp_min(1);
  const auto found = at::softmax(fit.weights.view({-1, 2, 3}), 2);
  CHECK((found - expected).abs().mul(rows > 0).max().item<double>() < 1e-4);
}

TEST_CASE("a column that is always zero gets no weight in a logistic probe") {
  const auto batches = planted_batches(3, 8, kWidth, three_classes);
  for (const auto& batch : batches) batch->activations[0].select(1, 3).zero_();
  const auto fit = fit_logistic({ActivationInput("x", 0, kWidth), batches, {1}, 0, 2, 3}, precise());
  CHECK(fit.converged);
  CHECK(fit.weights[3].abs().max().item<double>() < 1e-6);
}

TEST_CASE("a logistic probe can be given up between two passes") {
  const auto batches = planted_batches(3, 8, kWidth, three_classes);
  auto settings = precise();
  int passes = 0;
  settings.pause = [&] {
    if (++passes == 2) fail("enough");
  };
  const auto error = error_of([&] {
    fit_logistic({ActivationInput("x", 0, kWidth), batches, {1}, 0, 2, 3}, settings);
  });
  CHECK(error == "enough");
  CHECK(passes == 2);
}

TEST_CASE("a logistic probe without positions is refused in words") {
  const ActivationInput input("blocks.0.hook_resid_post", 0, kWidth);
  const ProbeBatches none;
  CHECK(contains(error_of([&] { fit_logistic({input, none, {0}, 0, 2, 3}, {}); }), "no positions"));
}

}  // namespace othello::test
