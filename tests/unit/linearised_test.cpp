// If these fail, what is called a linearised network is not the linear model around its initial weights, and what it
// cannot do says nothing about features.
#include "model/linearised.h"

#include <torch/csrc/autograd/forward_grad.h>

#include <cmath>

#include "common/files.h"
#include "common/threads.h"
#include "model/batch_tensors.h"
#include "model/decoder.h"
#include "model/weight_files.h"
#include "tests/support/files.h"
#include "tests/support/torch_test.h"
#include "training/run.h"

namespace othello::test {
namespace {

const ModelConfig kSmall{.board = 6, .layers = 2, .d_model = 12, .heads = 3, .d_mlp = 20};

/// Normal numbers of the shapes of a model's weights, times `scale`; gains around `gain`.
Parameters random_weights(ModelConfig config, const char* name, double scale, double gain, at::ScalarType type) {
  config.resolve();
  auto parameters = Parameters::shapes(config);
  const Stream stream = Stream(5).child(name);
  std::uint64_t index = 0;
  Parameters::visit(parameters, [&](const std::string&, Tensor& tensor, Role role) {
    auto values = torch::empty(tensor.sizes(), at::kFloat);
    stream.normal(index++, {values.data_ptr<float>(), static_cast<std::size_t>(values.numel())});
    tensor = (values.to(at::kDouble) * scale + (role == Role::norm ? gain : 0.0)).to(type);
  });
  return parameters;
}

/// A network with every weight non-trivial, and a direction to move it.
struct Pair {
  explicit Pair(at::ScalarType type, const ModelConfig& sizes = kSmall)
      : network(sizes, random_weights(sizes, "weights", 0.3, 1, type)),
        direction(random_weights(sizes, "direction", 0.3, 0, type)) {}
  Transformer network;
  Parameters direction;

  Parameters moved(double step) const {
    auto weights = network.parameters();
    const auto along = direction.list();
    std::size_t i = 0;
    Parameters::visit(weights, [&](const std::string&, Tensor& tensor, Role) { tensor = tensor + along[i++] * step; });
    return weights;
  }
  Transformer linearised(double step, double lazy_scale = 0) const {
    return with_base(network, true, lazy_scale).with_weights(moved(step));
  }
};

Tensor some_tokens(const ModelConfig& sizes, std::int64_t games, std::int64_t positions) {
  const auto vocabulary = sizes.vocabulary();
  const auto batch = make_batch(vocabulary, take_games(GameSource(vocabulary.board(), 1, Purpose::training), 0, games));
  return batch_tensor(batch, batch.tokens).narrow(1, 0, positions).contiguous();
}

/// Largest difference as a share of the largest number of `truth`.
double distance(const Tensor& found, const Tensor& truth) {
  return ((found - truth).abs().max() / truth.abs().max()).item<double>();
}

Parameters leaves_of(const Parameters& parameters) {
  auto leaves = parameters;
  Parameters::visit(leaves,
                    [](const std::string&, Tensor& tensor, Role) { tensor = tensor.detach().requires_grad_(true); });
  return leaves;
}

double dot(const TensorList& a, const TensorList& b) {
  double total = 0;
  for (std::size_t i = 0; i < a.size(); ++i) total += (a[i] * b[i]).sum().item<double>();
  return total;
}

RunConfig tiny(const std::string& optimizer, double lazy_scale = 0, bool linearised = true) {
  RunConfig config;
  config.model = {.board = 6, .layers = 2, .d_model = 16, .heads = 2};
  config.train.batch_games = 8;
  config.train.workers = 2;
  config.train.steps = 40;
  config.train.warmup_steps = 20;
  config.train.optimizer = optimizer;
  config.train.linearised = linearised;
  config.train.lazy_scale = lazy_scale;
  config.resolve();
  return config;
}

bool same_weights(const Transformer& a, const Transformer& b) {
  const auto x = a.parameters().list(), y = b.parameters().list();
  for (std::size_t i = 0; i < x.size(); ++i)
    if (!at::equal(x[i], y[i])) return false;
  return true;
}

}  // namespace

TEST_CASE("the derivative along a direction is that of forward-mode AD, of double backward and of finite differences") {
  const Pair pair(at::kDouble);
  const auto tokens = some_tokens(kSmall, 2, 9);
  const auto found = tangent_pass(kSmall, pair.network.parameters(), pair.direction, tokens);
  CHECK(at::equal(found.value, pair.network.forward(tokens, nullptr, Operations::plain)));

  const auto leaves = leaves_of(pair.network.parameters());
  const auto f = Transformer(kSmall, leaves).forward(tokens, nullptr, Operations::plain);
  const auto u = at::zeros_like(f).requires_grad_(true);
  const auto back = torch::autograd::grad({f}, leaves.list(), {u}, true, /*create_graph=*/true);
  Tensor inner;
  const auto along = pair.direction.list();
  for (std::size_t i = 0; i < back.size(); ++i) {
    const auto part = (back[i] * along[i]).sum();
    inner = inner.defined() ? inner + part : part;
  }
  CHECK(distance(found.tangent, torch::autograd::grad({inner}, {u})[0]) < 1e-12);

  const auto level = torch::autograd::ForwardADLevel::get_next_idx();
  auto dual = pair.network.parameters();
  std::size_t index = 0;
  Parameters::visit(dual, [&](const std::string&, Tensor& tensor, Role) {
    tensor = at::_make_dual(tensor, along[index++], static_cast<std::int64_t>(level));
  });
  const auto logits = Transformer(kSmall, dual).forward(tokens, nullptr, Operations::plain);
  const Tensor tangent = logits._fw_grad(level);
  CHECK(distance(found.tangent, tangent) < 1e-12);
  torch::autograd::ForwardADLevel::release_idx(level);

  constexpr double h = 1e-5;  // its cube is what central differences are off by, rounding 1e-16/h
  const auto at_step = [&](double step) {
    return Transformer(kSmall, pair.moved(step)).forward(tokens, nullptr, Operations::plain);
  };
  CHECK(distance(found.tangent, (at_step(h) - at_step(-h)) / (2 * h)) < 1e-7);
}

TEST_CASE("activations of a linearised model are linear in the weights, at every site") {
  const Pair pair(at::kDouble);
  const auto tokens = some_tokens(kSmall, 2, 9);
  const auto recorded = [&](const Transformer& model) {
    Trace trace;
    for (const auto& site : all_sites(kSmall)) trace.record(site);
    model.forward(tokens, &trace, Operations::plain);
    std::vector<Tensor> values;
    for (const auto& site : all_sites(kSmall))
      values.push_back(trace.value(site).nan_to_num(0, 0, 0));  // masked scores
    return values;
  };
  constexpr double h = 1e-5;
  const auto initial = recorded(pair.network), still = recorded(pair.linearised(0));
  const auto up = recorded(Transformer(kSmall, pair.moved(h))), down = recorded(Transformer(kSmall, pair.moved(-h)));
  const auto found = recorded(pair.linearised(2));
  for (std::size_t i = 0; i < found.size(); ++i) {
    INFO(site_name(all_sites(kSmall)[i]));
    CHECK(distance(still[i], initial[i]) < 1e-14);
    CHECK(distance(found[i], initial[i] + 2 * (up[i] - down[i]) / (2 * h)) < 1e-7);
  }
  // Scales are visited by parts in an ordinary pass; without them the activations at w0 are the same bits.
  for (const auto kind : {SiteKind::resid_pre, SiteKind::z, SiteKind::mlp_post, SiteKind::resid_post}) {
    Trace a, b;
    a.record({kind, 1}), b.record({kind, 1});
    const auto f = pair.network.forward(tokens, &a, Operations::plain);
    CHECK(at::equal(f, pair.linearised(0).forward(tokens, &b, Operations::plain)));
    CHECK(at::equal(a.value({kind, 1}), b.value({kind, 1})));
  }
}

TEST_CASE("the fast pass is the plain one, whoever else runs one, and J and its transpose belong together") {
  for (const ModelConfig& sizes : {kSmall, ModelConfig{.board = 8, .layers = 2, .d_model = 34, .heads = 2}}) {
    ModelConfig config = sizes;
    config.resolve();
    const Pair pair(at::kFloat, config);
    const auto& weights = pair.network.parameters();
    const auto tokens = some_tokens(config, 3, config.vocabulary().context());
    const auto exact = tangent_pass(config, random_weights(config, "weights", 0.3, 1, at::kDouble),
                                    random_weights(config, "direction", 0.3, 0, at::kDouble), tokens);
    const auto plain = tangent_pass(config, weights, pair.direction, tokens, nullptr, Operations::plain);
    const auto fused = tangent_pass(config, weights, pair.direction, tokens);
    CHECK(distance(plain.tangent, exact.tangent) < 2e-5);
    CHECK(distance(fused.tangent, exact.tangent) < 2e-5);
    CHECK(distance(fused.value, exact.value) < 2e-5);
    std::vector<Tensor> several(6);
    parallel_for(6, 3, [&](int i, int) {
      several[static_cast<std::size_t>(i)] = tangent_pass(config, weights, pair.direction, tokens).tangent;
    });
    for (const auto& one : several) CHECK(at::equal(one, fused.tangent));

    const auto u = at::randn(fused.tangent.sizes());
    const auto leaves = leaves_of(weights);
    const auto pulled = torch::autograd::grad({Transformer(config, leaves).forward(tokens)}, leaves.list(), {u});
    const auto direction = leaves_of(pair.direction);
    const auto through =
        torch::autograd::grad({tangent_pass(config, weights, direction, tokens).tangent}, direction.list(), {u});
    const double product = (u * fused.tangent).sum().item<double>();
    CHECK(dot(pulled, pair.direction.list()) == Approx(product).epsilon(1e-4));
    for (std::size_t i = 0; i < pulled.size(); ++i) CHECK(distance(through[i], pulled[i]) < 1e-4);
  }
}

TEST_CASE("loss and gradient of a linearised model are those of an explicit linear model") {
  const ModelConfig sizes{.board = 6, .layers = 1, .d_model = 4, .heads = 2, .d_mlp = 6};
  const Pair pair(at::kDouble, sizes);
  const auto tokens = some_tokens(sizes, 1, 3);
  const auto leaves = leaves_of(pair.network.parameters());
  const auto f = Transformer(sizes, leaves).forward(tokens, nullptr, Operations::plain).reshape({-1});
  TensorList rows;
  for (std::int64_t i = 0; i < f.size(0); ++i) {
    TensorList flat;
    for (const auto& g : torch::autograd::grad({f[i]}, leaves.list(), {}, true)) flat.push_back(g.reshape({-1}));
    rows.push_back(at::cat(flat));
  }
  const auto jacobian = at::stack(rows);  // [3·vocabulary, parameters]
  const auto targets = at::tensor({5, 9, 1}, at::kLong);
  const auto loss = [&](const Tensor& logits) {
    return at::nll_loss(at::log_softmax(logits.view({3, -1}), -1), targets, {}, at::Reduction::Sum);
  };
  TensorList flat;
  for (const auto& d : pair.direction.list()) flat.push_back(d.reshape({-1}));
  for (const double scale : {0.0, 7.0}) {
    const auto delta = at::cat(flat).requires_grad_(true);
    const auto linear = at::mv(jacobian, delta);
    const auto expected = loss(scale > 0 ? linear * scale : f.detach() + linear);
    const auto moved = leaves_of(pair.moved(1));
    const auto found = loss(with_base(pair.network, true, scale).with_weights(moved).forward(tokens));
    CHECK(found.item<double>() == Approx(expected.item<double>()).epsilon(1e-12));
    TensorList gradient;
    for (const auto& g : gradients(found, moved.list())) gradient.push_back(g.reshape({-1}));
    CHECK(distance(at::cat(gradient), gradients(expected, {delta})[0]) < 1e-12);
  }
}

TEST_CASE("a lazy network comes nearer to the linearised one as 1/α") {
  const Pair pair(at::kDouble);
  const auto tokens = some_tokens(kSmall, 2, 9);
  const auto linear = pair.linearised(1, 1).forward(tokens);
  CHECK(at::allclose(pair.linearised(0.01, 100).forward(tokens), linear, 1e-9));
  std::vector<double> off;
  for (const double scale : {100.0, 1000.0})
    off.push_back(
        distance(with_base(pair.network, false, scale).with_weights(pair.moved(1 / scale)).forward(tokens), linear));
  CHECK(off[0] < 0.2);
  CHECK(off[0] / off[1] == Approx(10).epsilon(0.1));
}

TEST_CASE("a step of training follows the gradient of the linearised loss, with any number of workers") {
  auto config = tiny("adamw");
  Trainer trainer(config);
  const auto momentum = [&] {
    TensorList m;
    for (const auto& name : trainer.model().parameters().names())
      m.push_back(trainer.optimizer().state().at(name + ".m"));
    for (auto& tensor : m) tensor = tensor.clone();
    return m;
  };
  for (int i = 0; i < 5; ++i) trainer.step(false);
  const auto before = momentum();
  const auto vocabulary = config.model.vocabulary();
  const auto batch = take_batch(vocabulary, GameSource(kBoard6, config.train.seed, Purpose::training),
                                static_cast<std::uint64_t>(trainer.facts().games), config.train.batch_games);
  const auto moved = leaves_of(trainer.model().parameters());
  const auto logits = trainer.model().with_weights(moved).forward(batch_tensor(batch, batch.tokens));
  const auto loss = at::nll_loss(at::log_softmax(logits.view({-1, vocabulary.size()}), -1),
                                 batch_tensor(batch, batch.targets).view({-1}), {}, at::Reduction::Mean, 0);
  const auto expected = gradients(loss, moved.list());
  const auto score = trainer.step(false);
  CHECK(score.loss / score.positions == Approx(loss.item<double>()).epsilon(1e-5));
  const auto after = momentum();
  for (std::size_t i = 0; i < before.size(); ++i) {  // m ← 0.9·m + 0.1·gradient
    INFO(trainer.model().parameters().names()[i]);
    CHECK(distance((after[i] - 0.9 * before[i]) / 0.1, expected[i]) < 1e-3);
  }
  auto alone = tiny("muon");
  alone.train.workers = 1;
  Trainer one(alone), two(tiny("muon"));
  for (int i = 0; i < 4; ++i) one.step(false), two.step(false);
  CHECK(same_weights(one.model(), two.model()));
}

TEST_CASE("linearised and lazy training lower the loss, at rates that mean the same for every lazy scale") {
  for (const char* optimizer : {"adamw", "muon"}) {
    std::vector<double> losses;
    for (const auto& [scale, linearised] :
         {std::pair{0.0, true}, std::pair{1.0, true}, std::pair{100.0, true}, std::pair{100.0, false}}) {
      Trainer trainer(tiny(optimizer, scale, linearised));
      const auto first = trainer.step(false);
      StepScore last;
      for (int i = 0; i < 39; ++i) last = trainer.step(false);
      losses.push_back(last.loss / last.positions);
      INFO(optimizer << " " << scale << " " << linearised);
      CHECK(losses.back() < first.loss / first.positions - 0.03);
      if (scale > 0) CHECK(first.loss / first.positions == Approx(std::log(33)).epsilon(1e-6));
    }
    CHECK(losses[2] == Approx(losses[1]).epsilon(1e-3));
    CHECK(losses[3] == Approx(losses[1]).epsilon(0.02));
  }
}

TEST_CASE("a linearised model comes back from its checkpoint, and a run goes on from it to the same weights") {
  const TemporaryFolder folder;
  const auto tokens = some_tokens(tiny("muon").model, 2, 31);
  for (const auto& [scale, linearised] : {std::pair{0.0, true}, std::pair{10.0, false}, std::pair{10.0, true}}) {
    INFO(scale << linearised);
    const auto config = tiny("muon", scale, linearised);
    const auto path = folder / fmt::format("{}{}", scale, linearised);
    const auto run = RunFolder::create(path);
    run.write_config(to_json(config));
    Trainer whole(config), half(config);
    for (int i = 0; i < 8; ++i) whole.step(false);
    for (int i = 0; i < 4; ++i) half.step(false);
    write_folder(run.checkpoint(4), [&](const auto& to) { half.snapshot().write(to); });
    const auto loaded = load_model(run.path());
    CHECK(at::equal(loaded.model.forward(tokens), half.model().forward(tokens)));
    CHECK(loaded.describe()["linearised"] == linearised);
    CHECK(loaded.describe()["lazy_scale"] == scale);
    const std::string trained = loaded.describe()["trained"];
    CHECK(contains(trained, linearised ? "linearised around its initial weights" : "its distance from its initial"));
    CHECK(contains(trained, "lazy scale 10") == (scale > 0));
    Trainer again = resume(run);
    for (int i = 0; i < 4; ++i) again.step(false);
    CHECK(same_weights(again.model(), whole.model()));
    // Another command generates from it move by move: through whole passes.
    Decoder decoder(loaded.model);
    decoder(tokens.narrow(1, 0, 4));
    CHECK(at::allclose(decoder(tokens.narrow(1, 0, 5)), at::log_softmax(loaded.model.forward(tokens).select(1, 4), -1),
                       1e-4, 1e-4));
    // Its configuration no longer says what it is.
    auto other = config;
    other.train.linearised = false, other.train.lazy_scale = 3;
    run.write_config(to_json(other));
    CHECK(contains(error_of([&] { resume(run); }), "not linearised, or lazy, as"));

    CHECK(contains(error_of([&] { save_model(folder / "half", loaded.model, {}, at::kBFloat16); }), "fp32"));
    CHECK(contains(error_of([&] { export_weights(loaded.model, WeightNames::mingpt, at::kFloat); }),
                   "needs an ordinary network"));
    CHECK(contains(error_of([&] { Trainer(tiny("muon"), loaded); }), "--init needs an ordinary network"));
    CHECK(contains(error_of([&] { loaded.model.forward_from(1, at::zeros({1, 2, 16})); }), "ordinary network"));
    Prefix prefix;
    Trace collecting, editing;
    collecting.collect(&prefix);
    CHECK(contains(error_of([&] { loaded.model.forward(tokens, &collecting); }), "ordinary network"));
    editing.edit({SiteKind::resid_post, 0}, [](const Tensor& x) { return x * 2; });
    if (linearised)
      CHECK(contains(error_of([&] { loaded.model.forward(tokens, &editing); }), "editing activations needs"));
    else CHECK_FALSE(at::allclose(loaded.model.forward(tokens, &editing), loaded.model.forward(tokens)));
  }
}

TEST_CASE("a linearised run starts around given weights, and settings that cannot be are refused") {
  RunConfig ordinary = tiny("muon", 0, false);
  Trainer source(ordinary);
  for (int i = 0; i < 3; ++i) source.step(false);
  const LoadedModel initial{source.snapshot().model, source.facts(), "weights", "checksum"};
  Trainer trainer(tiny("muon"), initial);
  trainer.step(false);
  CHECK(same_weights(network_at_base(trainer.model()), source.model()));
  CHECK_FALSE(same_weights(trainer.model(), source.model()));

  auto config = tiny("muon");
  CHECK(config.train.precision == "fp32");
  config.train.precision = "bf16";
  CHECK(contains(error_of([&] { config.resolve(); }), "train.precision"));
  config = tiny("muon", 2, false);
  config.train.weight_decay = 0.1;
  CHECK(contains(error_of([&] { config.resolve(); }), "train.weight_decay"));
}

}  // namespace othello::test
