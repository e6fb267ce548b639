// If these fail, the model is not the GPT it claims to be, or a site is not the place its name says.
#include "model/transformer.h"

#include <cmath>

#include "model/batch_tensors.h"
#include "model/operations.h"
#include "tests/support/torch_test.h"

namespace othello::test {
namespace {

const ModelConfig kTiny{.board = 6, .layers = 2, .d_model = 12, .heads = 3, .d_mlp = 20};

/// Weights with every entry non-trivial: fresh ones have zero biases and unit gains.
Transformer random_model(at::ScalarType type = at::kFloat) {
  ModelConfig config = kTiny;
  config.resolve();
  auto parameters = Parameters::shapes(config);
  const Stream stream = Stream(5).child("test weights");
  std::uint64_t index = 0;
  Parameters::visit(parameters, [&](const std::string&, Tensor& tensor, Role role) {
    auto values = torch::empty(tensor.sizes(), at::kFloat);
    stream.normal(index++, {values.data_ptr<float>(), static_cast<std::size_t>(values.numel())});
    tensor = (values * 0.3 + (role == Role::norm ? 1.0 : 0.0)).to(type);
  });
  return {config, parameters};
}

Tensor some_tokens(std::int64_t games, std::int64_t positions) {
  const auto vocabulary = kTiny.vocabulary();
  const auto batch = make_batch(vocabulary, take_games(GameSource(kBoard6, 1, Purpose::training), 0, games));
  return batch_tensor(batch, batch.tokens).narrow(1, 0, positions).contiguous();
}

using Matrix = std::vector<std::vector<double>>;

Matrix matrix(const Tensor& t) {
  Matrix m(static_cast<std::size_t>(t.size(0)), std::vector<double>(static_cast<std::size_t>(t.size(1))));
  for (std::size_t i = 0; i < m.size(); ++i)
    for (std::size_t j = 0; j < m[i].size(); ++j)
      m[i][j] = t[static_cast<std::int64_t>(i)][static_cast<std::int64_t>(j)].item<double>();
  return m;
}
std::vector<double> row(const Tensor& t) { return matrix(t.unsqueeze(0))[0]; }

std::vector<double> affine(const std::vector<double>& x, const Matrix& w, const std::vector<double>& b) {
  std::vector<double> y = b.empty() ? std::vector<double>(w[0].size()) : b;
  for (std::size_t i = 0; i < x.size(); ++i)
    for (std::size_t j = 0; j < y.size(); ++j) y[j] += x[i] * w[i][j];
  return y;
}

std::vector<double> normed(const std::vector<double>& x, const std::vector<double>& w, const std::vector<double>& b) {
  double mean = 0, variance = 0;
  for (const double v : x) mean += v / static_cast<double>(x.size());
  for (const double v : x) variance += (v - mean) * (v - mean) / static_cast<double>(x.size());
  std::vector<double> y(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) y[i] = (x[i] - mean) / std::sqrt(variance + 1e-5) * w[i] + b[i];
  return y;
}

/// The architecture of Li et al. 2023 in loops over numbers, one sequence at a time.
Matrix naive_logits(const Transformer& model, const std::vector<std::int64_t>& tokens) {
  const auto& p = model.parameters();
  const auto d = static_cast<std::size_t>(model.config().d_model),
             heads = static_cast<std::size_t>(model.config().heads), dh = d / heads;
  const auto embed = matrix(p.W_E), pos = matrix(p.W_pos);
  Matrix x;
  for (std::size_t t = 0; t < tokens.size(); ++t) {
    x.push_back(embed[static_cast<std::size_t>(tokens[t])]);
    for (std::size_t i = 0; i < d; ++i) x[t][i] += pos[t][i];
  }
  for (const auto& b : p.blocks) {
    Matrix qkv;
    for (const auto& v : x) qkv.push_back(affine(normed(v, row(b.ln1_w), row(b.ln1_b)), matrix(b.W_QKV), row(b.b_QKV)));
    for (std::size_t t = 0; t < x.size(); ++t) {
      std::vector<double> z(d);
      for (std::size_t h = 0; h < heads; ++h) {
        std::vector<double> weight(t + 1);
        double sum = 0;
        for (std::size_t s = 0; s <= t; ++s) {
          double score = 0;
          for (std::size_t i = 0; i < dh; ++i) score += qkv[t][h * dh + i] * qkv[s][d + h * dh + i];
          sum += weight[s] = std::exp(score / std::sqrt(static_cast<double>(dh)));
        }
        for (std::size_t s = 0; s <= t; ++s)
          for (std::size_t i = 0; i < dh; ++i) z[h * dh + i] += weight[s] / sum * qkv[s][2 * d + h * dh + i];
      }
      const auto out = affine(z, matrix(b.W_O), row(b.b_O));
      for (std::size_t i = 0; i < d; ++i) x[t][i] += out[i];
    }
    for (auto& v : x) {
      auto hidden = affine(normed(v, row(b.ln2_w), row(b.ln2_b)), matrix(b.W_in), row(b.b_in));
      for (double& u : hidden) u = 0.5 * u * (1 + std::erf(u / std::sqrt(2.0)));
      const auto out = affine(hidden, matrix(b.W_out), row(b.b_out));
      for (std::size_t i = 0; i < d; ++i) v[i] += out[i];
    }
  }
  Matrix logits;
  for (const auto& v : x) logits.push_back(affine(normed(v, row(p.ln_final_w), row(p.ln_final_b)), matrix(p.W_U), {}));
  return logits;
}

}  // namespace

TEST_CASE("the forward pass equals a naive GPT to 1e-5") {
  const auto model = random_model();
  const auto tokens = some_tokens(2, 17);
  const auto logits = model.forward(tokens);
  double worst = 0;
  for (std::int64_t game = 0; game < 2; ++game) {
    const auto game_tokens = tokens[game].contiguous();
    const auto* first = game_tokens.data_ptr<std::int64_t>();
    const auto expected = naive_logits(model, {first, first + 17});
    const auto found = matrix(logits[game]);
    for (std::size_t t = 0; t < 17; ++t)
      for (std::size_t v = 0; v < 33; ++v) worst = std::max(worst, std::abs(expected[t][v] - found[t][v]));
  }
  CHECK(worst <= 1e-5);
}

TEST_CASE("gradients of every weight equal finite differences") {
  const auto model = random_model(at::kDouble);
  const auto tokens = some_tokens(2, 9), targets = some_tokens(2, 10).narrow(1, 1, 9).reshape({-1});
  const auto loss = [&] { return at::nll_loss(at::log_softmax(model.forward(tokens).view({-1, 33}), -1), targets); };
  auto weights = model.parameters().list();
  for (auto& w : weights) w.requires_grad_(true);
  const auto found = gradients(loss(), weights);
  const at::NoGradGuard no_grad;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    INFO(model.parameters().names()[i]);
    auto flat = weights[i].view({-1});
    for (const std::int64_t k : {std::int64_t{0}, flat.numel() / 2, flat.numel() - 1}) {
      constexpr double h = 1e-5;
      const double value = flat[k].item<double>();
      flat[k] = value + h;
      const double up = loss().item<double>();
      flat[k] = value - h;
      const double down = loss().item<double>();
      flat[k] = value;
      CHECK(found[i].view({-1})[k].item<double>() == Approx((up - down) / (2 * h)).margin(1e-8).epsilon(1e-4));
    }
  }
}

TEST_CASE("a position sees only the moves before it") {
  const auto model = random_model();
  auto tokens = some_tokens(3, 20);
  const auto before = model.forward(tokens).narrow(1, 0, 12);
  tokens.narrow(1, 12, 8).zero_();
  CHECK(at::equal(before, model.forward(tokens).narrow(1, 0, 12)));
}

TEST_CASE("putting back what was recorded changes nothing, at every site") {
  const auto model = random_model();
  const auto tokens = some_tokens(2, 11);
  const auto plain = model.forward(tokens);
  for (const auto& site : all_sites(model.config())) {
    INFO(site_name(site));
    Trace recording;
    recording.record(site);
    const auto logits = model.forward(tokens, &recording);
    CHECK(at::allclose(plain, logits, 1e-5, 1e-5));
    const auto value = recording.value(site).clone();
    Trace editing;
    editing.edit(site, [&](const Tensor&) { return value; });
    CHECK(at::equal(model.forward(tokens, &editing), logits));
    Trace changing;  // and a change there reaches the logits
    changing.edit(site, [&](const Tensor& x) { return x * (1 + at::rand_like(x)); });
    CHECK_FALSE(at::allclose(model.forward(tokens, &changing), logits, 1e-3, 1e-3));
  }
}

TEST_CASE("a record keeps what an edit lets flow on, and gradients reach it") {
  const auto model = random_model().compute_copy(at::kFloat, true);
  const Site site{SiteKind::resid_post, 0};
  Trace trace;
  trace.edit(site, [](const Tensor& x) { return x * 0.5; });
  trace.record(site);
  const auto logits = model.forward(some_tokens(1, 5), &trace);
  const auto gradient = gradients(logits.square().sum(), {trace.value(site)})[0];
  CHECK(gradient.sizes() == trace.value(site).sizes());
  CHECK(gradient.abs().sum().item<double>() > 0);
}

TEST_CASE("sites carry TransformerLens' names and shapes") {
  const auto model = random_model();
  const auto& config = model.config();
  CHECK(all_sites(config).size() == 2 + 2 * 17 + 2);
  const auto shape = [&](const char* name) {
    Trace trace;
    const auto site = parse_site(name, config);
    CHECK(site_name(site) == name);
    trace.record(site);
    model.forward(some_tokens(2, 7), &trace);
    return trace.value(site).sizes().vec();
  };
  using Shape = std::vector<std::int64_t>;
  CHECK(shape("hook_embed") == Shape{2, 7, 12});
  CHECK(shape("blocks.1.attn.hook_q") == Shape{2, 7, 3, 4});
  CHECK(shape("blocks.0.attn.hook_pattern") == Shape{2, 3, 7, 7});
  CHECK(shape("blocks.0.attn.hook_z") == Shape{2, 7, 3, 4});
  CHECK(shape("blocks.0.ln1.hook_scale") == Shape{2, 7, 1});
  CHECK(shape("blocks.1.mlp.hook_post") == Shape{2, 7, 20});
  CHECK(shape("ln_final.hook_normalized") == Shape{2, 7, 12});
  CHECK(contains(error_of([&] { parse_site("blocks.0.hook_resid_pots", config); }), "blocks.0.hook_resid_post"));
  CHECK_FALSE(error_of([&] { parse_site("blocks.2.hook_resid_post", config); }).empty());
}

TEST_CASE("the loss ignores positions without a next move, and expected targets are a distribution") {
  const auto batch = make_batch(kTiny.vocabulary(), take_games(GameSource(kBoard6, 3, Purpose::training), 0, 4));
  const auto expected = expected_targets(batch, 33);
  const auto sums = expected.sum(-1);
  const auto targets = batch_tensor(batch, batch.targets);
  CHECK(at::allclose(sums, targets.ne(0).to(at::kFloat)));
  const auto logits = at::randn({4, 31, 33});
  const auto log_p = at::log_softmax(logits, -1);
  double by_hand = 0;
  for (std::int64_t g = 0; g < 4; ++g)
    for (std::int64_t t = 0; t < 31; ++t)
      if (const auto target = targets[g][t].item<std::int64_t>(); target != 0)
        by_hand -= log_p[g][t][target].item<double>();
  CHECK(ops::cross_entropy_sum(logits.view({-1, 33}), targets.view({-1})).item<double>() ==
        Approx(by_hand).epsilon(1e-5));
  CHECK(ops::cross_entropy_sum_expected(logits.view({-1, 33}), expected.view({-1, 33})).item<double>() ==
        Approx(-(log_p * expected).sum().item<double>()).epsilon(1e-5));
}

}  // namespace othello::test
