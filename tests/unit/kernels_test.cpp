// If these fail, the fast paths of training compute something else than the formulas of the paper, on some CPU or for
// some size.
#include <algorithm>

#include "model/fused.h"
#include "model/kernels/dispatch.h"
#include "model/operations.h"
#include "model/transformer.h"
#include "tests/support/torch_test.h"

namespace othello::test {
namespace {

template <class T>
constexpr at::ScalarType kType = std::is_same_v<T, float> ? at::kFloat : at::kBFloat16;
template <class T>
const TypedKernels<T>& typed(const ModelKernels& kernels) {
  if constexpr (std::is_same_v<T, float>) return kernels.fp32;
  else return kernels.bf16;
}
template <class T>
T* data(const Tensor& tensor) {
  return static_cast<T*>(tensor.data_ptr());
}

/// Largest difference in units of the largest number of `truth` (at least 1).
double distance(const Tensor& found, const Tensor& truth) {
  const auto scale = std::max(1.0, truth.abs().max().item<double>());
  return (found.to(at::kDouble) - truth.to(at::kDouble)).abs().max().item<double>() / scale;
}

/// What rounding alone may do to results of type T: bf16 keeps 8 bits.
template <class T>
constexpr double kBound = std::is_same_v<T, float> ? 2e-6 : 6e-3;

/// Random numbers that T holds exactly, so that the fp64 reference starts from the same.
template <class T>
Tensor numbers(at::IntArrayRef shape) {
  return at::randn(shape).to(kType<T>);
}
Tensor leaf(const Tensor& x) { return x.to(at::kDouble).detach().requires_grad_(true); }

struct Size {
  std::int64_t rows, width;
};
constexpr Size kSizes[] = {{1, 1}, {3, 7}, {5, 16}, {2, 61}, {9, 128}, {4, 130}};

template <class T>
void check_norm(const ModelKernels& kernels, Size size) {
  const auto [rows, width] = size;
  const auto x = at::randn(size.rows * size.width).view({rows, width}), bias = at::randn(width);
  const auto delta = numbers<T>({rows, width}), dy = numbers<T>({rows, width});
  const auto gain = at::randn(width), offset = at::randn(width), dout = at::randn({rows, width});
  const auto out = at::empty_like(x), y = at::empty_like(delta), mean = at::empty({rows}), inverse = at::empty({rows});
  const auto n = static_cast<std::size_t>(rows), w = static_cast<std::size_t>(width);
  typed<T>(kernels).norm({n, w, data<float>(x), data<T>(delta), data<float>(bias), data<float>(gain),
                          data<float>(offset), 1e-5F, data<float>(out), data<T>(y), data<float>(mean),
                          data<float>(inverse)});
  const auto dx = at::empty_like(x), ddelta = at::empty_like(delta);
  const auto sums = at::zeros({3, width});
  typed<T>(kernels).norm_gradient({n, w, data<float>(out), data<float>(mean), data<float>(inverse), data<float>(gain),
                                   data<T>(dy), data<float>(dout), data<float>(dx), data<T>(ddelta),
                                   data<float>(sums[0]), data<float>(sums[1]), data<float>(sums[2])});
  const TensorList leaves{leaf(x), leaf(delta), leaf(bias), leaf(gain), leaf(offset)};
  const auto sum = leaves[0] + leaves[1] + leaves[2];
  const auto truth = ops::layer_norm(sum, leaves[3], leaves[4]);
  CHECK(distance(out, sum) < 1e-6);
  CHECK(distance(y, truth) < kBound<T>);
  if (width == 1) return;  // the variance is 0: its gradient is rounding alone
  const auto g = gradients((truth * dy.to(at::kDouble)).sum() + (sum * dout.to(at::kDouble)).sum(), leaves);
  CHECK(distance(dx, g[0]) < 1e-4);
  CHECK(distance(ddelta, g[1]) < std::max(1e-4, kBound<T>));
  CHECK(distance(sums[0], g[2]) < 1e-4);
  CHECK(distance(sums[1], g[3]) < 1e-4);
  CHECK(distance(sums[2], g[4]) < 1e-5);
}

template <class T>
void check_gelu(const ModelKernels& kernels, Size size) {
  const auto x = (4 * at::randn({size.rows, size.width})).to(kType<T>), dy = numbers<T>({size.rows, size.width});
  const auto bias = at::randn(size.width), dbias = at::zeros(size.width);
  const auto y = at::empty_like(x), derivative = x.clone(), dx = at::empty_like(x);
  const auto n = static_cast<std::size_t>(size.rows), w = static_cast<std::size_t>(size.width);
  typed<T>(kernels).gelu({n, w, data<T>(derivative), data<float>(bias), data<T>(y)});
  typed<T>(kernels).gelu_gradient({n, w, data<T>(derivative), data<T>(dy), data<T>(dx), data<float>(dbias)});
  const TensorList leaves{leaf(x), leaf(bias)};
  const auto truth = ops::gelu(leaves[0] + leaves[1]);
  const auto g = gradients((truth * dy.to(at::kDouble)).sum(), leaves);
  CHECK(distance(y, truth) < kBound<T>);
  CHECK(distance(dx, g[0]) < 2 * kBound<T>);
  CHECK(distance(dbias, g[1]) < 2 * kBound<T>);
}

template <class T>
void check_attention(const ModelKernels& kernels, std::int64_t games, std::int64_t positions, std::int64_t heads,
                     std::int64_t head_width) {
  const auto d = heads * head_width;
  const auto qkv = numbers<T>({games, positions, 3 * d}), dz = numbers<T>({games, positions, d});
  const auto bias = at::randn(3 * d), dbias = at::zeros(3 * d), softmax = at::empty({games, heads, positions, 2});
  const auto z = at::empty_like(dz), dqkv = at::empty_like(qkv);
  const auto n = [](std::int64_t x) { return static_cast<std::size_t>(x); };
  // What lies behind the scratch must stay as it is.
  const auto needed = static_cast<std::int64_t>(attention_scratch(n(positions), n(head_width)));
  const auto scratch = at::full({needed + 64}, 1e30F);
  const AttentionTask<T> task{n(games),           n(positions),           n(heads),   n(head_width), data<T>(qkv),
                              data<float>(bias),  data<Softmax>(softmax), data<T>(z), data<T>(dz),   data<T>(dqkv),
                              data<float>(dbias), data<float>(scratch)};
  typed<T>(kernels).attention(task);
  typed<T>(kernels).attention_gradient(task);
  CHECK((scratch.slice(0, needed) == 1e30F).all().template item<bool>());
  const TensorList leaves{leaf(qkv), leaf(bias)};
  const auto parts = (leaves[0] + leaves[1]).view({games, positions, 3, heads, head_width}).unbind(2);
  const auto q = parts[0].transpose(1, 2), k = parts[1].transpose(1, 2), v = parts[2].transpose(1, 2);
  const auto mask = ops::causal_mask(positions, at::TensorOptions(at::kDouble));
  const auto pattern = at::softmax(ops::attention_scores(q, k, mask), -1);
  const auto truth = at::matmul(pattern, v).transpose(1, 2).reshape({games, positions, d});
  const auto g = gradients((truth * dz.to(at::kDouble)).sum(), leaves);
  CHECK(distance(z, truth) < kBound<T>);
  CHECK(distance(dqkv, g[0]) < 2 * kBound<T>);
  CHECK(distance(dbias, g[1]) < 1e-5);
}

void check_attention_tangent(const ModelKernels& kernels, std::int64_t positions, std::int64_t heads,
                             std::int64_t head_width) {
  constexpr std::int64_t games = 2;
  const auto d = heads * head_width;
  const auto qkv = at::randn({games, positions, 3 * d}), dqkv = at::randn({games, positions, 3 * d});
  const auto z = at::empty({games, positions, d}), dz = at::empty_like(z);
  const auto n = [](std::int64_t x) { return static_cast<std::size_t>(x); };
  const auto needed = static_cast<std::int64_t>(attention_scratch(n(positions), n(head_width)));
  const auto scratch = at::full({needed + 64}, 1e30F);
  kernels.attention_tangent({n(games), n(positions), n(heads), n(head_width), data<float>(qkv), data<float>(dqkv),
                             data<float>(z), data<float>(dz), data<float>(scratch)});
  CHECK((scratch.slice(0, needed) == 1e30F).all().item<bool>());
  // The derivative by u of ⟨Jᵀu, dqkv⟩ is J·dqkv.
  const auto x = leaf(qkv), u = leaf(at::zeros_like(z));
  const auto parts = x.view({games, positions, 3, heads, head_width}).unbind(2);
  const auto q = parts[0].transpose(1, 2), k = parts[1].transpose(1, 2), v = parts[2].transpose(1, 2);
  const auto mask = ops::causal_mask(positions, at::TensorOptions(at::kDouble));
  const auto pattern = at::softmax(ops::attention_scores(q, k, mask), -1);
  const auto truth = at::matmul(pattern, v).transpose(1, 2).reshape({games, positions, d});
  const auto back = torch::autograd::grad({truth}, {x}, {u}, true, /*create_graph=*/true)[0];
  CHECK(distance(z, truth) < 2e-6);
  CHECK(distance(dz, gradients((back * dqkv.to(at::kDouble)).sum(), {u})[0]) < 5e-6);
}

template <class T>
void check_loss(const ModelKernels& kernels, Size size) {
  const auto logits = (3 * at::randn({size.rows, size.width})).to(kType<T>), dlogits = at::empty_like(logits);
  auto targets = at::randint(size.width, {size.rows}, at::kLong);
  targets[0] = 0;  // a row without a target
  auto p = at::softmax(at::randn({size.rows, size.width}), -1);
  p[0] = 0;
  const auto n = static_cast<std::size_t>(size.rows), w = static_cast<std::size_t>(size.width);
  const auto x = leaf(logits);
  const auto total =
      typed<T>(kernels).loss({n, w, data<T>(logits), data<std::int64_t>(targets), nullptr, data<T>(dlogits)});
  const auto log_p = at::log_softmax(x, -1);
  const auto truth = at::nll_loss(log_p, targets, {}, at::Reduction::Sum, 0);
  CHECK(total == Approx(truth.template item<double>()).epsilon(1e-5).margin(1e-6));
  CHECK(distance(dlogits, gradients(truth, {x})[0]) < kBound<T>);
  const auto expected = typed<T>(kernels).loss({n, w, data<T>(logits), nullptr, data<float>(p), data<T>(dlogits)});
  const auto expected_truth = -(at::log_softmax(x, -1) * p.to(at::kDouble)).sum();
  CHECK(expected == Approx(expected_truth.template item<double>()).epsilon(1e-5).margin(1e-6));
  CHECK(distance(dlogits, gradients(expected_truth, {x})[0]) < kBound<T>);
}

template <class T>
void check_sum(const ModelKernels& kernels, std::int64_t n) {
  const auto x = numbers<T>({3, n});
  const auto sums = at::empty({n});
  const T* const parts[] = {data<T>(x[0]), data<T>(x[1]), data<T>(x[2])};
  typed<T>(kernels).sum(data<float>(sums), parts, 3, static_cast<std::size_t>(n));
  const auto wide = x.to(at::kFloat);
  CHECK(at::equal(sums, wide[0] + wide[1] + wide[2]));
}

template <class Call>
void for_all_kernels(const Call& call) {
  for (const ModelKernels* kernels : all_model_kernels()) {
    INFO(kernels->name);
    call(*kernels);
  }
}

TensorList weight_gradients(const Transformer& model, const Tensor& tokens, const Tensor& targets, bool fast) {
  const auto copy = model.compute_copy(at::kFloat, true);
  const auto logits = copy.forward(tokens, nullptr, fast ? Operations::fused : Operations::plain);
  const auto rows = logits.view({-1, logits.size(2)});
  return gradients(fast ? fused::cross_entropy_sum(rows, targets) : ops::cross_entropy_sum(rows, targets),
                   copy.parameters().list());
}

}  // namespace

TEST_CASE("residual sum and layer norm are their formula on every CPU, values and gradients") {
  at::manual_seed(1);
  for_all_kernels([](const ModelKernels& kernels) {
    for (const Size size : kSizes) check_norm<float>(kernels, size), check_norm<Bf16>(kernels, size);
  });
}

TEST_CASE("GELU is its formula on every CPU, values and gradients") {
  at::manual_seed(2);
  for_all_kernels([](const ModelKernels& kernels) {
    for (const Size size : kSizes) check_gelu<float>(kernels, size), check_gelu<Bf16>(kernels, size);
  });
}

TEST_CASE("attention is its formula on every CPU, values and gradients, for any number of positions and width") {
  at::manual_seed(3);
  for_all_kernels([](const ModelKernels& kernels) {
    for (const std::int64_t positions : {1, 2, 15, 16, 31, 59})
      for (const std::int64_t head_width : {1, 8, 32, 33, 64}) {
        INFO(positions << " positions, head of " << head_width);
        check_attention<float>(kernels, 2, positions, 3, head_width);
        check_attention<Bf16>(kernels, 2, positions, 3, head_width);
        check_attention_tangent(kernels, positions, 3, head_width);
      }
  });
}

TEST_CASE("cross-entropy and its gradient are their formula on every CPU, against moves and distributions") {
  at::manual_seed(4);
  for_all_kernels([](const ModelKernels& kernels) {
    for (const Size size : {Size{1, 61}, Size{7, 33}, Size{20, 61}, Size{3, 5}})
      check_loss<float>(kernels, size), check_loss<Bf16>(kernels, size);
  });
}

TEST_CASE("a number that is not finite stays so, whatever the CPU: a broken model shows") {
  for_all_kernels([](const ModelKernels& kernels) {
    for (const float poison : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
      const auto logits = at::zeros({2, 61}), dlogits = at::empty_like(logits);
      logits[1][7] = poison;
      const auto targets = at::full({2}, 3, at::kLong);
      CHECK(!std::isfinite(
          kernels.fp32.loss({2, 61, data<float>(logits), data<std::int64_t>(targets), nullptr, data<float>(dlogits)})));
      const auto half = at::full({40}, poison).to(at::kBFloat16), sums = at::zeros({40});
      const Bf16* const parts[] = {data<Bf16>(half)};
      kernels.bf16.sum(data<float>(sums), parts, 1, 40);
      CHECK(!sums.isfinite().any().item<bool>());
    }
  });
}

TEST_CASE("gradients are summed exactly as LibTorch adds them") {
  for_all_kernels([](const ModelKernels& kernels) {
    for (const std::int64_t n : {1, 7, 64, 1001}) check_sum<float>(kernels, n), check_sum<Bf16>(kernels, n);
  });
}

TEST_CASE("Nesterov's momentum is its formula on every CPU") {
  for_all_kernels([](const ModelKernels& kernels) {
    const auto gradient = at::randn({1001}), momentum = at::randn({1001}), direction = at::empty({1001});
    const auto after = momentum.lerp(gradient, 0.05);
    kernels.nesterov(data<float>(momentum), data<float>(gradient), data<float>(direction), 1001, 0.95F);
    CHECK(distance(momentum, after) < 1e-6);
    CHECK(distance(direction, gradient.lerp(after, 0.95)) < 1e-6);
  });
}

TEST_CASE("the fused model gives the logits and gradients of the plain one") {
  for (const auto& config : {ModelConfig{.board = 6, .layers = 2, .d_model = 20, .heads = 2},
                             ModelConfig{.board = 8, .layers = 2, .d_model = 32, .heads = 4}}) {
    const Transformer model(config, 5);
    const auto vocabulary = model.config().vocabulary();
    const auto tokens = at::randint(1, vocabulary.size(), {3, vocabulary.context()}, at::kLong);
    const auto targets = at::randint(0, vocabulary.size(), {3 * vocabulary.context()}, at::kLong);
    CHECK(distance(model.forward(tokens), model.forward(tokens, nullptr, Operations::plain)) < 1e-5);
    const auto fast = weight_gradients(model, tokens, targets, true);
    const auto plain = weight_gradients(model, tokens, targets, false);
    const auto names = model.parameters().names();
    for (std::size_t i = 0; i < fast.size(); ++i) {
      INFO(names[i]);
      CHECK((fast[i] - plain[i]).abs().max().item<double>() < 1e-4 * plain[i].abs().max().item<double>() + 1e-6);
    }
  }
}

TEST_CASE("a second derivative through fused operations is refused, not wrong") {
  const Transformer model({.board = 6, .layers = 1, .d_model = 8, .heads = 2}, 1);
  const auto copy = model.compute_copy(at::kFloat, true);
  const auto loss = copy.forward(at::ones({1, 31}, at::kLong)).square().sum();
  CHECK(contains(error_of([&] { torch::autograd::grad({loss}, {copy.parameters().W_E}, {}, true, true); }),
                 "second derivative"));
}

}  // namespace othello::test
