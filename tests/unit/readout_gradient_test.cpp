// If these fail, activations are pushed somewhere else than where the probe reads the wanted board.
#include "interventions/readout_gradient.h"

#include <cmath>

#include "tests/support/probe_sets.h"
#include "tests/support/torch_test.h"

namespace othello::test {
namespace {

constexpr std::int64_t kWidth = 12, kUnits = 5, kClasses = 3, kRows = 7;

PlaneReadout linear() {
  at::manual_seed(1);
  return planes_of(at::randn({kWidth + 1, kUnits * kClasses}), kClasses);
}

MlpProbe hidden_layer() {
  at::manual_seed(2);
  return {at::randn({kWidth}), at::rand({kWidth}) + 0.5,           at::randn({kWidth, 16}),
          at::randn({16}),     at::randn({16, kUnits * kClasses}), at::randn({kUnits * kClasses})};
}

/// Activations and what is to be read from them.
struct Wanted {
  explicit Wanted(std::uint64_t seed = 3) {
    at::manual_seed(seed);
    x = at::randn({kRows, kWidth});
    labels = at::randint(kClasses, {kRows, kUnits}, at::kLong);
    weights = at::rand({kRows, kUnits}) + 0.1;
  }
  Tensor x, labels, weights;
};

/// The loss of each row by its definition, in fp64: `scores(x)` [rows, units·classes].
template <class Scores>
Tensor plain_loss(const Scores& scores, const Tensor& x, const Wanted& wanted) {
  const auto logs = scores(x).view({x.size(0), kUnits, kClasses}).log_softmax(2);
  const auto picked = -logs.gather(2, wanted.labels.unsqueeze(2)).squeeze(2);
  return (picked * wanted.weights).mean(1);
}

/// Central differences of a loss of rows that do not depend on each other: [rows, width].
template <class Loss>
Tensor differences(const Loss& loss, const Tensor& x) {
  constexpr double kStep = 1e-6;
  TensorList columns;
  for (std::int64_t i = 0; i < x.size(1); ++i) {
    auto up = x.clone(), down = x.clone();
    up.select(1, i).add_(kStep);
    down.select(1, i).sub_(kStep);
    columns.push_back((loss(up) - loss(down)) / (2 * kStep));
  }
  return at::stack(columns, 1);
}

template <class Scores>
void check_gradient(const PlaneReadout& readout, const Scores& scores) {
  const Wanted wanted;
  const auto found = readout_loss(readout, wanted.x, wanted.labels, wanted.weights);
  const auto wide = wanted.x.to(at::kDouble);
  const auto loss = [&](const Tensor& x) { return plain_loss(scores, x, wanted); };
  CHECK(at::allclose(found.loss.to(at::kDouble), loss(wide), 1e-5, 1e-6));
  CHECK(at::allclose(found.gradient.to(at::kDouble), differences(loss, wide), 1e-4, 1e-5));
  CHECK(at::allclose(readout.logits(wanted.x).transpose(1, 2).reshape({kRows, -1}).to(at::kDouble), scores(wide), 1e-4,
                     1e-4));
}

}  // namespace

TEST_CASE("the gradient of a linear probe's loss is that of finite differences") {
  at::manual_seed(1);
  const auto w = at::randn({kWidth + 1, kUnits * kClasses});
  check_gradient(planes_of(w, kClasses),
                 [w = w.to(at::kDouble)](const Tensor& x) { return at::addmm(w[kWidth], x, w.narrow(0, 0, kWidth)); });
}

TEST_CASE("the gradient of a hidden-layer probe's loss is that of finite differences") {
  auto probe = hidden_layer();
  const auto readout = planes_of(probe, kClasses);
  for (Tensor* tensor : {&probe.mean, &probe.deviation, &probe.w1, &probe.b1, &probe.w2, &probe.b2})
    *tensor = tensor->to(at::kDouble);
  check_gradient(readout, [&](const Tensor& x) { return probe.logits(x); });
}

TEST_CASE("plain descent at a small rate goes down at every step where the loss is convex, to the wanted classes") {
  const auto readout = linear();
  const Wanted wanted;
  DescentSettings settings;
  settings.optimizer = DescentSettings::Optimizer::sgd, settings.steps = 400, settings.rate = 0.05;
  const auto moved = descend(readout, wanted.x, wanted.labels, wanted.weights, settings);
  REQUIRE(moved.loss.size(0) == 401);
  CHECK((moved.loss.narrow(0, 1, 400) < moved.loss.narrow(0, 0, 400)).all().item<bool>());
  const auto ends = readout_loss(readout, moved.x, wanted.labels, wanted.weights).loss;
  CHECK(at::allclose(moved.loss[400], ends, 1e-5, 1e-6));
  CHECK(at::allclose(moved.loss[0], readout_loss(readout, wanted.x, wanted.labels, wanted.weights).loss));

  settings.optimizer = DescentSettings::Optimizer::adam;
  const auto read = readout.logits(descend(readout, wanted.x, wanted.labels, wanted.weights, settings).x).argmax(1);
  CHECK(at::equal(read, wanted.labels));
}

TEST_CASE("Adam's steps are those of the algorithm as it is printed") {
  const auto probe = hidden_layer();
  const auto readout = planes_of(probe, kClasses);
  const Wanted wanted;
  DescentSettings settings;
  settings.steps = 20, settings.rate = 0.02;
  const auto moved = descend(readout, wanted.x, wanted.labels, wanted.weights, settings);
  auto x = wanted.x.clone();
  std::vector<double> m(static_cast<std::size_t>(x.numel())), v(m);
  for (int t = 1; t <= settings.steps; ++t) {
    const auto g = readout_loss(readout, x, wanted.labels, wanted.weights).gradient.contiguous();
    for (std::size_t i = 0; i < m.size(); ++i) {
      const double gi = g.data_ptr<float>()[i];
      m[i] = 0.9 * m[i] + 0.1 * gi;
      v[i] = 0.999 * v[i] + 0.001 * gi * gi;
      const double m_hat = m[i] / (1 - std::pow(0.9, t)), v_hat = v[i] / (1 - std::pow(0.999, t));
      x.data_ptr<float>()[i] -= static_cast<float>(0.02 * m_hat / (std::sqrt(v_hat) + 1e-8));
    }
  }
  CHECK(at::allclose(moved.x, x, 0, 1e-4));
}

TEST_CASE("a row goes the same way alone as among others, and stays where nothing weighs") {
  const auto readout = linear();
  Wanted wanted;
  wanted.weights[4].zero_();
  DescentSettings settings;
  settings.steps = 30, settings.rate = 0.02;
  const auto together = descend(readout, wanted.x, wanted.labels, wanted.weights, settings);
  for (std::int64_t row = 0; row < kRows; ++row) {
    const auto one = [row](const Tensor& t) { return t.narrow(0, row, 1); };
    const auto alone = descend(readout, one(wanted.x), one(wanted.labels), one(wanted.weights), settings);
    CHECK(at::allclose(alone.x, one(together.x), 0, 1e-5));
  }
  CHECK(at::equal(together.x[4], wanted.x[4]));
  CHECK_FALSE(at::allclose(together.x[3], wanted.x[3], 0, 1e-2));
}

TEST_CASE("what does not fit the probe is refused in words") {
  const auto readout = linear();
  const Wanted wanted;
  const DescentSettings settings;
  const auto error = [&](const Tensor& x, const Tensor& labels) {
    return error_of([&] { descend(readout, x, labels, wanted.weights, settings); });
  };
  CHECK(contains(error(wanted.x.narrow(1, 0, 3), wanted.labels), "width 12"));
  CHECK(contains(error(wanted.x, wanted.labels.narrow(1, 0, 3)), "5 units"));
  CHECK(contains(error(wanted.x, wanted.labels + 1), "3 classes"));
  CHECK(contains(error_of([&] { planes_of(at::randn({4, 8}), 3); }), "8 outputs"));
  const auto w = at::randn({kWidth + 1, 64, 3});
  const auto odd = made_up({{SiteKind::resid_post, 0}}, "mine-yours-empty", "odd", "ridge", kBoardClasses, w, w);
  CHECK(planes_of(odd, 1).units == 64);
  CHECK(contains(error_of([&] { planes_of(odd, 0); }), "even plies"));
}

}  // namespace othello::test
