// If these fail, a probe reads something else than its name says.
#include "probes/activation_stream.h"
#include "probes/normal_equations.h"
#include "tests/support/probes.h"
#include "tests/support/torch_test.h"

namespace othello::test {
namespace {

/// X of an input, written out: its adjoint of the identity.
Tensor dense(const ProbeInput& input, const ProbeBatch& batch, int parity) {
  auto transposed = torch::zeros({input.width(), batch.positions.count(parity)}, at::kDouble);
  input.adjoint(batch, parity, at::eye(batch.positions.count(parity), at::kFloat), transposed);
  return transposed.t().contiguous();
}

void check_linear_map(const ProbeInput& input, const ProbeBatch& batch, int parity) {
  const auto x = dense(input, batch, parity);
  const auto w = at::randn({input.width(), 5});
  CHECK(at::allclose(input.apply(batch, parity, w).to(at::kDouble), at::mm(x, w.to(at::kDouble)), 1e-4, 1e-4));
  auto gram = torch::zeros({input.width(), input.width()}, at::kDouble);
  input.gram(batch, parity, gram);
  CHECK(at::allclose(gram, at::mm(x.t(), x), 1e-6, 1e-6));
}

}  // namespace

TEST_CASE("every probe input is one matrix, whichever way it is used") {
  auto batch = probe_batch(kBoard6, 0, 7);
  batch.activations = {at::randn({static_cast<std::int64_t>(batch.positions.rows.size()), 11})};
  const Vocabulary vocabulary(kBoard6);
  const ActivationInput raw("raw", 0, 11), bare("bare", 0, 11, false),
      sorted("sorted", 0, 11, true, ActivationInput::Change::sorted),
      means("power-means", 0, 11, true, ActivationInput::Change::power_means),
      permuted("permuted", 0, 11, true, ActivationInput::Change::permuted);
  const MoveInput majority(MoveInput::Kind::majority, vocabulary), bag(MoveInput::Kind::bag_of_moves, vocabulary),
      one_hot(MoveInput::Kind::one_hot, vocabulary);
  const JointInput joint(one_hot, bare);
  for (const ProbeInput* input : std::initializer_list<const ProbeInput*>{&raw, &bare, &sorted, &means, &permuted,
                                                                          &majority, &bag, &one_hot, &joint})
    for (const int parity : {0, 1}) check_linear_map(*input, batch, parity);
}

TEST_CASE("move inputs are the indicators that they are said to be") {
  const auto batch = probe_batch(kBoard6, 0, 5);
  const Vocabulary vocabulary(kBoard6);
  const auto context = vocabulary.context(), tokens = vocabulary.size() - 1;
  const auto one_hot = dense(MoveInput(MoveInput::Kind::one_hot, vocabulary), batch, 1);
  const auto bag = dense(MoveInput(MoveInput::Kind::bag_of_moves, vocabulary), batch, 1);
  for (std::int64_t r = 0; r < one_hot.size(0); ++r) {
    const auto row = batch.positions.rows[static_cast<std::size_t>(batch.positions.begin[1] + r)];
    auto expected = torch::zeros({context * tokens + context}, at::kDouble),
         of_bag = torch::zeros({tokens + 1}, at::kDouble);
    for (int t = 1; t <= row.ply; ++t) {
      const auto move =
          vocabulary.token(
              batch.positions.games[static_cast<std::size_t>(row.game)].squares[static_cast<std::size_t>(t - 1)]) -
          1;
      expected[(t - 1) * tokens + move] = 1;
      of_bag[move] = 1;
    }
    expected[context * tokens + row.ply - 1] = 1;
    of_bag[tokens] = 1;
    CHECK(at::equal(one_hot[r], expected));
    CHECK(at::equal(bag[r], of_bag));
  }
}

TEST_CASE("ridge regression solves its normal equations, intercept unpenalised") {
  auto batch = probe_batch(kBoard6, 0, 9);
  batch.activations = {at::randn({static_cast<std::int64_t>(batch.positions.rows.size()), 5})};
  const ActivationInput input("x", 0, 5);
  const auto y = at::randn({batch.positions.count(0), 3}) + 2;
  NormalEquations sums(input, {3});
  sums.add(input, batch, 0, {y});
  const auto x = input.rows(batch, 0).to(at::kDouble);
  const auto gram = at::mm(x.t(), x);
  auto penalty = at::eye(6, at::kDouble) * (0.1 * at::diag(gram).narrow(0, 0, 5).mean().item<double>());
  penalty[5][5] = 0;
  const auto expected = at::mm(at::inverse(gram + penalty), at::mm(x.t(), y.to(at::kDouble)));
  CHECK(at::allclose(solve_ridge(input, sums, 0.1)[0].to(at::kDouble), expected, 1e-4, 1e-5));
}

TEST_CASE("a low-rank probe of full rank is the probe, and of lower rank the nearest of that rank") {
  auto batch = probe_batch(kBoard6, 0, 9);
  batch.activations = {at::randn({static_cast<std::int64_t>(batch.positions.rows.size()), 8})};
  const ActivationInput input("x", 0, 8);
  const auto x = input.rows(batch, 0);
  const auto y = at::mm(x, at::randn({9, 6})) + at::randn({x.size(0), 6});
  NormalEquations sums(input, {6});
  sums.add(input, batch, 0, {y});
  const auto full = solve_ridge(input, sums, 1e-9)[0];
  const auto reduced = reduced_rank(input, sums.gram, full, {6, 2});
  CHECK(at::allclose(reduced[0], full, 1e-4, 1e-4));
  CHECK(at::linalg_matrix_rank(reduced[1].narrow(0, 0, 8).to(at::kDouble), 1e-6).item<std::int64_t>() == 2);
  // Eckart & Young: no rank-2 approximation of the centred predictions is nearer than the truncated SVD.
  const auto centred = at::mm(x, full) - at::mm(x, full).mean(0, true);
  const auto left_out = std::get<1>(at::linalg_svd(centred.to(at::kDouble), false)).slice(0, 2).square().sum();
  const auto missing = (at::mm(x, full) - at::mm(x, reduced[1])).to(at::kDouble).square().sum();
  CHECK(missing.item<double>() == Approx(left_out.item<double>()).epsilon(1e-4));
}

}  // namespace othello::test
