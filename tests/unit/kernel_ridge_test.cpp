// If these fail, inputs, kernels and activations are read by a machine that does not do what it says: the ridge is not
// the best one, or one source is read better than another for no reason of its own.
#include "common/random.h"
#include "tests/support/torch_test.h"
#include "theory/kernel_reading.h"

namespace othello::test {
namespace {

Tensor normal(std::initializer_list<std::int64_t> shape, std::uint64_t item) {
  auto x = at::empty(at::IntArrayRef(shape), at::kFloat);
  Stream(7).child("kernel ridge test").normal(item, {x.data_ptr<float>(), static_cast<std::size_t>(x.numel())});
  return x.to(at::kDouble);
}

/// Row i is at ply 1 + i mod 4; the last row alone is at ply 9.
Tensor plies(std::int64_t n) {
  auto t = 1 + at::arange(n, at::kLong) % 4;
  t[n - 1] = 9;
  return t;
}

/// The minimiser itself, by a linear system with the intercepts in it: predictions of `report` rows [m, outputs].
Tensor by_linear_system(const Tensor& k, const Tensor& k_report, const Tensor& ply, const Tensor& report_ply,
                        const Tensor& y, double ridge) {
  const auto n = k.size(0), groups = std::int64_t{10};
  const auto b = at::one_hot(ply, groups).to(at::kDouble);  // [n, groups]
  auto system = at::zeros({n + groups, n + groups}, at::kDouble);
  system.slice(0, 0, n).slice(1, 0, n).copy_(k + ridge * at::eye(n, at::kDouble));
  system.slice(0, 0, n).slice(1, n).copy_(b);
  system.slice(0, n).slice(1, 0, n).copy_(b.t());
  system.slice(0, n).slice(1, n).fill_diagonal_(0);
  for (std::int64_t g = 0; g < groups; ++g)  // a ply without rows has an intercept of its own that nothing asks for
    if (b.select(1, g).sum().item<double>() == 0) system[n + g][n + g] = 1;
  const auto solved = at::linalg_solve(system, at::cat({y, at::zeros({groups, y.size(1)}, at::kDouble)}));
  return k_report.mm(solved.slice(0, 0, n)) + at::one_hot(report_ply, groups).to(at::kDouble).mm(solved.slice(0, n));
}

Tensor predicted(const KernelRidge& machine, const Tensor& y, double ridge) {
  return machine.predict(machine.project(y), ridge);
}

struct Case {
  std::int64_t n = 23, m = 9, k = 6;
  Tensor x = normal({n, k}, 0), x_report = normal({m, k}, 1), y = normal({n, 3}, 2);
  RowPlies rows{plies(n), 1 + at::arange(m, at::kLong) % 4};
  KernelRows features{x, x_report, true}, matrix{x.mm(x.t()), x_report.mm(x.t()), false};
};

TEST_CASE("a ridge with free intercepts is the minimiser that a linear system gives, for kernels and features alike") {
  const Case c;
  const auto expected = by_linear_system(c.matrix.fit, c.matrix.report, c.rows.fit, c.rows.report, c.y, 0.3);
  CHECK(predicted({c.matrix, c.rows, SharedWeights::pooled}, c.y, 0.3).allclose(expected, 1e-9, 1e-9));
  CHECK(predicted({c.features, c.rows, SharedWeights::pooled}, c.y, 0.3).allclose(expected, 1e-9, 1e-9));
}

TEST_CASE("weights by parity are two fits that know nothing of each other") {
  const Case c;
  const auto both = predicted({c.matrix, c.rows, SharedWeights::by_parity}, c.y, 0.3);
  for (const int parity : {0, 1}) {
    const auto fit = (c.rows.fit % 2 == parity).nonzero().flatten();
    const auto report = (c.rows.report % 2 == parity).nonzero().flatten();
    const auto expected =
        by_linear_system(c.matrix.fit.index_select(0, fit).index_select(1, fit),
                         c.matrix.report.index_select(0, report).index_select(1, fit), c.rows.fit.index_select(0, fit),
                         c.rows.report.index_select(0, report), c.y.index_select(0, fit), 0.3);
    CHECK(both.index_select(0, report).allclose(expected, 1e-9, 1e-9));
  }
}

TEST_CASE("leave-one-out predictions are those of as many fits, each without one row") {
  const Case c;
  for (const bool features : {false, true}) {
    const KernelRidge machine(features ? c.features : c.matrix, c.rows, SharedWeights::pooled);
    const auto left_out = machine.left_out(machine.project(c.y), 0.05);
    for (std::int64_t i = 0; i < c.n; ++i) {
      const auto others = (at::arange(c.n, at::kLong) != i).nonzero().flatten();
      const auto k = c.matrix.fit.index_select(0, others);
      const RowPlies rows{c.rows.fit.index_select(0, others), c.rows.fit.slice(0, i, i + 1)};
      const auto expected =
          predicted({{k.index_select(1, others), c.matrix.fit.slice(0, i, i + 1).index_select(1, others), false},
                     rows,
                     SharedWeights::pooled},
                    c.y.index_select(0, others), 0.05);
      CHECK(left_out.slice(0, i, i + 1).allclose(expected, 1e-8, 1e-8));
    }
  }
}

TEST_CASE("generalised cross-validation is its formula") {
  const Case c;
  const double ridge = 0.2;
  const auto n = static_cast<double>(c.n);
  // Columns of ridge·A are what the fit leaves of unit vectors.
  const auto unit = at::eye(c.n, at::kDouble);
  const KernelRidge machine(c.matrix, c.rows, SharedWeights::pooled);
  const auto fitted = [&](const Tensor& y) {
    return predicted({{c.matrix.fit, c.matrix.fit, false}, {c.rows.fit, c.rows.fit}, SharedWeights::pooled}, y, ridge);
  };
  const double trace = (unit - fitted(unit)).trace().item<double>() / n;
  const double squares = (c.y - fitted(c.y)).square().sum().item<double>() / n;
  CHECK(machine.gcv(machine.project(c.y), ridge) == Approx(squares / (trace * trace)));
}

TEST_CASE("the linear kernel of the moves played tells which squares are occupied, without an error") {
  // A board of 12 squares; a position has the first t squares of a shuffled order occupied.
  constexpr std::int64_t kSquares = 12, kRows = 160, kFit = 120;
  auto bag = at::zeros({kRows, kSquares}, at::kDouble);
  auto ply = at::empty({kRows}, at::kLong);
  const Stream stream = Stream(3).child("bags");
  for (std::int64_t row = 0; row < kRows; ++row) {
    std::vector<std::int64_t> order(kSquares);
    for (std::int64_t i = 0; i < kSquares; ++i) order[static_cast<std::size_t>(i)] = i;
    stream.shuffle(static_cast<std::uint64_t>(row), std::span(order));
    const std::int64_t t = 2 + row % 8;
    for (std::int64_t i = 0; i < t; ++i) bag[row][order[static_cast<std::size_t>(i)]] = 1;
    ply[row] = t;
  }
  const auto labels = bag.to(at::kLong);
  const LabelRows occupied{2, labels.slice(0, 0, kFit), labels.slice(0, kFit)};
  const RowPlies rows{ply.slice(0, 0, kFit), ply.slice(0, kFit)};
  const auto reading = read_labels({bag.slice(0, 0, kFit), bag.slice(0, kFit), true}, rows, {occupied},
                                   {SharedWeights::pooled, SharedWeights::by_parity})[0];
  CHECK(reading.chosen_at == 1.0);
  CHECK(share_right(answers(reading.scores, 2), occupied.report) == 1.0);
  CHECK(share_right(answers(majority_scores(occupied, rows), 2), occupied.report) < 0.8);
}

TEST_CASE("a kernel that is not finite is refused") {
  Case c;
  c.matrix.fit[2][3] = std::numeric_limits<double>::quiet_NaN();
  CHECK(contains(error_of([&] { KernelRidge(c.matrix, c.rows, SharedWeights::pooled); }), "not finite"));
}

}  // namespace
}  // namespace othello::test
