// If these fail, a kernel of the network's tangents is not what it is called.
#include "theory/tangent.h"

#include <cmath>

#include "engine/notation.h"
#include "tests/support/torch_test.h"
#include "theory/gram.h"
#include "theory/kernel_distance.h"
#include "theory/sketch.h"

namespace othello::test {
namespace {

constexpr double kPi = 3.14159265358979323846;

Tensor draws(at::IntArrayRef shape, std::uint64_t item) {
  auto x = torch::empty(shape, at::kFloat);
  Stream(5).child("test").normal(item, {x.data_ptr<float>(), static_cast<std::size_t>(x.numel())});
  return x;
}

/// The largest difference of two kernels, as a share of the root of the product of their diagonal entries.
double difference(const Tensor& a, const Tensor& b) {
  const auto scale = b.diagonal().sqrt();
  return ((a - b) / at::outer(scale, scale)).abs().max().item<double>();
}

/// f(x) = x·W·u: one number of a linear model with several outputs.
class LinearTangents : public TangentSource {
 public:
  LinearTangents(Tensor x, Tensor u) : x_(std::move(x)), u_(std::move(u)) {
    parameters_ = {draws({x_.size(1), u_.size(0)}, 1).requires_grad_(true)};
    groups_ = {parameter_group("W", {0}, parameters_)};
  }
  std::int64_t rows() const override { return x_.size(0); }
  const TensorList& parameters() const override { return parameters_; }
  const std::vector<ParameterGroup>& groups() const override { return groups_; }
  Tensor output(std::int64_t row) const override { return at::dot(at::matmul(x_[row], parameters_[0]), u_); }

 private:
  Tensor x_, u_;
  TensorList parameters_;
  std::vector<ParameterGroup> groups_;
};

/// Each output of the same model at each input, input by input.
class AllOutputs : public LinearTangents {
 public:
  AllOutputs(const Tensor& x, std::int64_t outputs)
      : LinearTangents(x, torch::ones({outputs})), x_(x), outputs_(outputs) {}
  std::int64_t rows() const override { return x_.size(0) * outputs_; }
  Tensor output(std::int64_t row) const override {
    return at::matmul(x_[row / outputs_], parameters()[0])[row % outputs_];
  }

 private:
  Tensor x_;
  std::int64_t outputs_;
};

/// f(x) = m^{−1/2} Σ_j a_j·relu(w_j·x), weights from normal(0, 1): one hidden layer in the NTK parameterisation.
class ReluTangents : public TangentSource {
 public:
  ReluTangents(Tensor x, std::int64_t width, std::uint64_t seed) : x_(std::move(x)) {
    parameters_ = {draws({x_.size(1), width}, 2 * seed), draws({width}, 2 * seed + 1)};
    for (auto& parameter : parameters_) parameter.requires_grad_(true);
    groups_ = {parameter_group("hidden", {0}, parameters_), parameter_group("readout", {1}, parameters_)};
  }
  std::int64_t rows() const override { return x_.size(0); }
  const TensorList& parameters() const override { return parameters_; }
  const std::vector<ParameterGroup>& groups() const override { return groups_; }
  Tensor output(std::int64_t row) const override {
    const auto hidden = at::relu(at::matmul(x_[row], parameters_[0]));
    return at::dot(hidden, parameters_[1]) / std::sqrt(static_cast<double>(hidden.size(0)));
  }

 private:
  Tensor x_;
  TensorList parameters_;
  std::vector<ParameterGroup> groups_;
};

/// A source that is too large to be asked for anything but its size.
class HugeTangents : public TangentSource {
 public:
  HugeTangents(std::int64_t rows, std::int64_t parameters) : rows_(rows), groups_{{"all", {}, parameters}} {}
  std::int64_t rows() const override { return rows_; }
  const TensorList& parameters() const override { return none_; }
  const std::vector<ParameterGroup>& groups() const override { return groups_; }
  Tensor output(std::int64_t) const override { fail("nobody should ask"); }

 private:
  std::int64_t rows_;
  std::vector<ParameterGroup> groups_;
  TensorList none_;
};

const Vocabulary kVocabulary(kBoard6);

ProbeGames probe_games(std::int64_t count) { return {GameSource(kBoard6, 3, Purpose::probes), count}; }

/// A model of two blocks whose biases and gains are not what they start from.
Transformer tiny_model() {
  const Transformer model({.board = 6, .layers = 2, .d_model = 16, .heads = 2}, 7);
  std::uint64_t item = 100;
  for (const auto& tensor : model.parameters().list()) tensor.add_(draws(tensor.sizes(), item++), 0.1);
  return model;
}

PositionSample tiny_sample(std::int64_t first, std::int64_t count) {
  return sample_positions(probe_games(first + count), {first, count}, kVocabulary, {}, 1);
}

/// J row by row by plain formulas, without TangentSource: [n, parameters] fp64. `of` makes a number of the logits.
Tensor naive_jacobian(const Transformer& model, const PositionSample& sample,
                      const std::function<Tensor(const Tensor& logits, std::int64_t row)>& of) {
  const auto copy = model.compute_copy(at::kFloat, true);
  TensorList rows;
  for (std::int64_t i = 0; i < sample.size(); ++i) {
    std::vector<std::int64_t> moves;
    for (const auto square : sample.games[static_cast<std::size_t>(i)].moves())
      moves.push_back(kVocabulary.token(square));
    const auto logits = copy.forward(at::tensor(moves, at::kLong).unsqueeze(0), nullptr, Operations::plain);
    TensorList parts;
    for (const auto& gradient : gradients(of(logits[0][-1], i), copy.parameters().list()))
      parts.push_back(gradient.flatten().to(at::kDouble));
    rows.push_back(at::cat(parts));
  }
  return at::stack(rows);
}

}  // namespace

TEST_CASE("the tangent kernel of a linear model is the Gram matrix of its inputs") {
  const auto x = draws({9, 5}, 0);
  const auto wide = x.to(at::kDouble);
  const auto expected = at::mm(wide, wide.t());
  CHECK(difference(gram(LinearTangents(x, torch::ones({1})), nullptr, {}).fit, expected) < 1e-6);

  SECTION("as is its pseudo-kernel with several outputs") {
    const std::int64_t outputs = 6;
    const LinearTangents pseudo(x, torch::full({outputs}, 1 / std::sqrt(static_cast<double>(outputs))));
    CHECK(difference(gram(pseudo, nullptr, {}).fit, expected) < 1e-6);
  }
  SECTION("and its full kernel with several outputs is that Gram matrix times the identity") {
    const std::int64_t outputs = 3;
    const auto full = gram(AllOutputs(x, outputs), nullptr, {}).fit;
    CHECK(difference(full, at::kron(expected, torch::eye(outputs, at::kDouble))) < 1e-6);
  }
}

TEST_CASE("the tangent kernel of a wide ReLU network is the closed form") {
  // Cho & Saul 2009 (arc-cosine kernel of order 1) and Jacot et al. 2018.
  const auto x = torch::tensor({1.0F, 0.0F, 0.0F, 0.6F, 0.8F, 0.0F, 1.0F, 2.0F, -1.0F}).view({3, 3});
  const auto inner = at::mm(x, x.t()).to(at::kDouble), norms = inner.diagonal().sqrt();
  const auto scale = at::outer(norms, norms), angle = at::acos((inner / scale).clamp(-1, 1));
  const auto sigma = scale * (angle.sin() + (kPi - angle) * angle.cos()) / (2 * kPi);
  const auto theta = sigma + inner * (kPi - angle) / (2 * kPi);
  const auto at = [](const Tensor& kernel, int i, int j) { return kernel[i][j].item<double>(); };
  CHECK(at(sigma, 0, 1) == Approx(0.338774).epsilon(2e-6));
  CHECK(at(theta, 0, 1) == Approx(0.550224).epsilon(2e-6));
  CHECK(at(sigma, 1, 2) == Approx(1.112010).epsilon(2e-6));
  CHECK(at(theta, 1, 2) == Approx(2.052604).epsilon(2e-6));
  CHECK(at(theta, 0, 0) == Approx(1));
  CHECK(at(theta, 2, 2) == Approx(6));

  // Networks are independent, so that their mean is within 5 of its standard errors, which are below 1 %.
  constexpr int kNetworks = 16;
  TensorList thetas, sigmas;
  for (int seed = 0; seed < kNetworks; ++seed) {
    const auto found = gram(ReluTangents(x, 16384, static_cast<std::uint64_t>(seed) + 10), nullptr, {.by_group = true});
    REQUIRE(found.groups == std::vector<std::string>{"hidden", "readout"});
    thetas.push_back(found.fit);
    sigmas.push_back(found.fit_by_group[1]);
  }
  for (const auto& [found, expected] : {std::pair{at::stack(thetas), theta}, std::pair{at::stack(sigmas), sigma}}) {
    const auto error = found.std(0) / std::sqrt(static_cast<double>(kNetworks));
    CHECK((error / expected).max().item<double>() < 0.01);
    CHECK(((found.mean(0) - expected).abs() / error).max().item<double>() < 5);
  }
}

TEST_CASE("the kernel of a network is J times its transpose for every kind of output") {
  const auto model = tiny_model();
  const auto sample = tiny_sample(0, 40);
  const std::int64_t vocabulary = kVocabulary.size();
  const auto check = [&](const std::string& name,
                         const std::function<Tensor(const Tensor& logits, std::int64_t row)>& of) {
    INFO(name);
    const auto output = parse_tangent_output(name, kVocabulary, 4);
    CHECK(output.name() == name);
    const auto jacobian = naive_jacobian(model, sample, of);
    const auto expected = at::mm(jacobian, jacobian.t());
    for (const auto operations : {Operations::fused, Operations::plain})
      CHECK(difference(gram(NetworkTangents(model, sample, output, operations), nullptr, {}).fit, expected) < 2e-5);
  };
  check("pseudo",
        [&](const Tensor& logits, std::int64_t) { return logits.sum() / std::sqrt(static_cast<double>(vocabulary)); });
  check("logit:d2",
        [&](const Tensor& logits, std::int64_t) { return logits[kVocabulary.token(parse_square("d2", kBoard6))]; });
  check("margin", [&](const Tensor& logits, std::int64_t row) {
    const auto legal = replay(kBoard6, sample.games[static_cast<std::size_t>(row)].moves()).back().legal;
    Token best = kPadding;
    for_each_square(legal, [&](Square square) {
      const auto token = kVocabulary.token(square);
      if (best == kPadding || logits[token].item<float>() > logits[best].item<float>()) best = token;
    });
    const auto rest = (logits.slice(0, 1).sum() - logits[best]) / static_cast<double>(vocabulary - 2);
    return logits[best] - rest;
  });

  SECTION("a contrast is a unit vector of the logits of squares that sums to nothing") {
    const NetworkTangents source(model, sample, parse_tangent_output("contrast", kVocabulary, 4));
    // The logits are n·W_U, so that the gradient of v·f by W_U is n ⊗ v: its rows are multiples of v.
    const auto of_unembedding = tangent(source, 0).back();  // [d_model, vocabulary]
    const auto row = of_unembedding[0].to(at::kDouble), v = row / row.norm();
    CHECK(std::abs(v.sum().item<double>()) < 1e-6);
    CHECK(v[0].item<double>() == 0);
    const auto sign = (of_unembedding[0].dot(of_unembedding[1]) < 0).item<bool>() ? -1.0 : 1.0;
    const auto other = of_unembedding[1].to(at::kDouble);
    CHECK((other / other.norm() * sign - v).abs().max().item<double>() < 1e-6);
    const auto unit = v * row.sign()[1] * v.sign()[1];
    check("contrast", [&](const Tensor& logits, std::int64_t) { return at::dot(logits, unit.to(at::kFloat)); });
  }
}

TEST_CASE("a kernel does not depend on the workers or on the memory it was given") {
  const auto model = tiny_model();
  const auto sample = tiny_sample(0, 300), others = tiny_sample(300, 150);
  const auto output = parse_tangent_output("contrast", kVocabulary);
  const NetworkTangents fit(model, sample, output), report(model, others, output);
  GramOptions options{.by_group = true};
  const auto whole = gram(fit, &report, options);
  CHECK(gram_plan(300, 150, fit, options).blocks == 1);

  GramOptions tight = options;
  tight.workers = 3;
  tight.budget = std::int64_t{1} << 20;
  const auto plan_error = [&] { return error_of([&] { gram_plan(300, 150, fit, tight); }); };
  while (!plan_error().empty()) tight.budget += std::int64_t{1} << 20;  // the least that is enough
  const auto plan = gram_plan(300, 150, fit, tight);
  CHECK(plan.blocks == 2);
  CHECK(plan.tangents == 300 + 44 + 2 * 150);
  CHECK(plan.bytes <= tight.budget);
  double done = 0;
  tight.progress = [&](double share) { done = share; };
  const auto blocked = gram(fit, &report, tight);
  CHECK(done == Approx(1));
  CHECK(at::equal(blocked.fit, whole.fit));
  CHECK(at::equal(blocked.report, whole.report));
  CHECK(at::equal(whole.fit, whole.fit.t()));

  {
    INFO("the sum of the kernels of its groups, embeddings, blocks and unembedding");
    CHECK(whole.groups == std::vector<std::string>{"embed", "blocks.0", "blocks.1", "unembed"});
    auto sum = torch::zeros_like(whole.fit);
    for (const auto& kernel : whole.fit_by_group) {
      CHECK(kernel.diagonal().min().item<double>() > 0);
      sum += kernel;
    }
    CHECK(difference(sum, whole.fit) < 1e-12);
    CHECK(gram_plan(300, 0, fit, {}).bytes < gram_plan(300, 0, fit, options).bytes);
  }
  {
    INFO("the rows to report meet those to fit in their order");
    const auto rows = tangents(fit, 0, 300, 1), columns = tangents(report, 0, 150, 1);
    auto expected = torch::zeros({150, 300}, at::kDouble);
    for (std::size_t g = 0; g < rows.size(); ++g)
      expected += at::mm(columns[g].to(at::kDouble), rows[g].to(at::kDouble).t());
    CHECK(((whole.report - expected).abs().max() / whole.fit.diagonal().min()).item<double>() < 1e-5);
  }
}

TEST_CASE("a kernel that cannot be held says how much it needs, and of the projection") {
  const HugeTangents rows(100'000'000, 1'000'000);
  const auto error = error_of([&] { gram(rows, nullptr, {.budget = std::int64_t{1} << 60}); });
  CHECK(contains(error, "GiB"));
  CHECK(contains(error, "--project"));
  CHECK(contains(error_of([&] { gram(HugeTangents(2048, 100'000'000), nullptr, {.budget = 1 << 28}); }), "GiB"));
  CHECK(contains(error_of([&] { gram(HugeTangents(1, 10), nullptr, {}); }), "2 positions"));
  CHECK(contains(error_of([&] { sketched_tangents(rows, {.budget = std::int64_t{1} << 60}); }), "GiB"));
  const auto plan = gram_plan(2048, 1024, HugeTangents(2048, 100'000), {.budget = 600 << 20});
  CHECK(plan.blocks == 2);
  CHECK(plan.bytes <= 600 << 20);
  CHECK(plan.bytes > 400 << 20);
}

TEST_CASE("projections keep inner products on average, and cosines within k^-1/2") {
  const std::int64_t parameters = 5000, k = 256;
  auto x = draws({parameters}, 1), y = 0.5 * x + draws({parameters}, 2);
  x.narrow(0, 0, 10).mul_(20);  // a few numbers that outweigh the others
  const double expected = x.dot(y).item<double>(), norms = (x.norm() * y.norm()).item<double>();
  std::vector<double> found;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const Sketch sketch(parameters, k, seed);
    auto fx = torch::zeros({k}), fy = torch::zeros({k});
    sketch.add(x.data_ptr<float>(), 0, parameters, fx.data_ptr<float>());
    // In parts, as gradients come.
    sketch.add(y.data_ptr<float>(), 0, 1234, fy.data_ptr<float>());
    sketch.add(y.data_ptr<float>() + 1234, 1234, parameters - 1234, fy.data_ptr<float>());
    found.push_back(fx.dot(fy).item<double>());
  }
  const auto values = at::tensor(found, at::kDouble);
  const double spread = values.std().item<double>();
  CHECK(std::abs(values.mean().item<double>() - expected) < 5 * spread / 20);
  const double cosine = expected / norms;
  CHECK(spread / norms < 1.15 * std::sqrt((1 + cosine * cosine) / static_cast<double>(k)));
}

TEST_CASE("projected tangents have the kernel of the tangents but for noise of k^-1/2") {
  const auto model = tiny_model();
  const auto sample = tiny_sample(0, 120);
  const NetworkTangents source(model, sample, parse_tangent_output("contrast", kVocabulary));
  const auto exact = gram(source, nullptr, {}).fit;
  const auto features = sketched_tangents(source, {.dimensions = 1024, .seed = 1});
  CHECK(at::equal(features, sketched_tangents(source, {.dimensions = 1024, .seed = 1, .workers = 3})));
  CHECK_FALSE(at::equal(features, sketched_tangents(source, {.dimensions = 1024, .seed = 2})));
  const auto error = sketch_error(features, exact);
  CHECK(error.n == 120);
  CHECK(error.rms < 2 / std::sqrt(1024.0));
  CHECK(error.rms > 0.2 / std::sqrt(1024.0));
  CHECK(error.mean_cosine_error < error.rms);
  const auto small = sketch_error(sketched_tangents(source, {.dimensions = 64, .seed = 1}), exact);
  CHECK(small.rms > 2 * error.rms);
}

TEST_CASE("kernels are compared as the literature defines it") {
  const auto a = torch::tensor({2.0, 1.0, 1.0, 3.0}).view({2, 2}), b = torch::tensor({1.0, 0.0, 0.0, 0.0}).view({2, 2});
  CHECK(kernel_distance(a, 5 * a) == Approx(0).margin(1e-12));
  CHECK(kernel_distance(a, b) == Approx(1 - 2 / std::sqrt(15.0)));
  CHECK(kernel_distance(b, torch::tensor({0.0, 0.0, 0.0, 1.0}).view({2, 2})) == Approx(1));
  CHECK(contains(error_of([&] { kernel_distance(a, torch::eye(3, at::kDouble)); }), "positions"));
  CHECK(kernel_velocity(0.5, 0, std::exp(2) - 1) == Approx(0.25));

  const std::int64_t n = 12;
  const auto x = draws({n, 3}, 8).to(at::kDouble), k = at::mm(x, x.t());
  const auto labels = torch::tensor({0, 1, 2, 0, 1, 2, 2, 2, 1, 0, 0, 1}).to(at::kByte).view({n, 1});
  const auto y = indicators(labels, 3);
  CHECK(at::equal(y.argmax(1), labels.flatten().to(at::kLong)));
  const auto h = torch::eye(n, at::kDouble) - 1.0 / static_cast<double>(n);
  const auto hkh = at::mm(at::mm(h, k), h), hlh = at::mm(at::mm(h, at::mm(y, y.t())), h);
  const auto expected = ((hkh * hlh).sum() / (hkh.norm() * hlh.norm())).item<double>();
  CHECK((centred(k) - hkh).abs().max().item<double>() < 1e-12);
  CHECK(centred_alignment(k, y) == Approx(expected));
  CHECK(centred_alignment(at::mm(y, y.t()), y) == Approx(1));

  CHECK(effective_rank(torch::ones({7}, at::kDouble)) == Approx(7));
  CHECK(effective_rank(torch::tensor({5.0, 0.0, -1e-9})) == Approx(1));
}

}  // namespace othello::test
