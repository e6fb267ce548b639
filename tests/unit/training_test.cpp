// If these fail, a run cannot be trusted to give the same model when resumed, or on another number of cores.
#include <cmath>

#include "common/files.h"
#include "common/interrupt.h"
#include "data/batch.h"
#include "data/games.h"
#include "data/players.h"
#include "model/batch_tensors.h"
#include "model/fused.h"
#include "model/runtime.h"
#include "tests/support/files.h"
#include "tests/support/torch_test.h"
#include "training/run.h"
#include "training/schedule.h"

namespace othello::test {
namespace {

RunConfig tiny(const std::string& precision, int workers) {
  RunConfig config;
  config.model = {.board = 6, .layers = 2, .d_model = 16, .heads = 2};
  config.train.batch_games = 8;
  config.train.precision = precision;
  config.train.workers = workers;
  config.train.steps = 50;
  config.train.log_steps = 10;
  config.resolve();
  return config;
}

bool same_weights(const Transformer& a, const Transformer& b) {
  const auto x = a.parameters().list(), y = b.parameters().list();
  for (std::size_t i = 0; i < x.size(); ++i)
    if (!at::equal(x[i], y[i])) return false;
  return true;
}

Transformer trained(const RunConfig& config, int steps) {
  Trainer trainer(config);
  for (int i = 0; i < steps; ++i) trainer.step(false);
  return trainer.model();
}

}  // namespace

TEST_CASE("one worker and two give bit-equal weights, in fp32 and in bf16") {
  for (const char* precision : {"fp32", "bf16"}) {
    INFO(precision);
    CHECK(same_weights(trained(tiny(precision, 1), 8), trained(tiny(precision, 2), 8)));
    CHECK(same_weights(trained(tiny(precision, 1), 8), trained(tiny(precision, 3), 8)));
  }
}

TEST_CASE("50 steps with a stop in between end in the same weights as 50 without") {
  for (const char* precision : {"fp32", "bf16"}) {
    INFO(precision);
    const TemporaryFolder folder;
    const auto config = tiny(precision, 2);
    const auto run = RunFolder::create(folder / "run");
    run.write_config(to_json(config));
    Trainer first(config);
    for (int i = 0; i < 23; ++i) first.step(false);
    std::filesystem::create_directories(run.checkpoint(23));
    first.snapshot().write(run.checkpoint(23));
    Trainer second = resume(run);
    CHECK(second.steps_done() == 23);
    const Json result = train(second, run);
    CHECK(result["steps"] == 50);
    CHECK(same_weights(second.model(), trained(config, 50)));
    CHECK(run.read_metrics().back()["step"] == 50);
  }
}

TEST_CASE("20 steps at a fixed seed have the losses that they had when they were recorded") {
  const std::pair<const char*, std::vector<double>> recorded[] = {
      {"muon", {3.5114, 3.4959, 3.5023, 3.4990, 3.4945, 3.4838, 3.4850, 3.4813, 3.4760, 3.4719,
                3.4711, 3.4660, 3.4538, 3.4640, 3.4515, 3.4362, 3.4250, 3.4340, 3.4116, 3.3877}},
      {"adamw", {3.5114, 3.4955, 3.5004, 3.4987, 3.4917, 3.4831, 3.4844, 3.4803, 3.4725, 3.4662,
                 3.4671, 3.4590, 3.4389, 3.4413, 3.4392, 3.4243, 3.4125, 3.4239, 3.4102, 3.3854}},
  };
  for (const auto& [optimizer, losses] : recorded)
    for (const char* precision : {"fp32", "bf16"}) {
      auto config = tiny(precision, 2);
      config.train.optimizer = optimizer;
      config.train.warmup_steps = 20;
      config.train.learning_rate = 0.01;
      Trainer trainer(config);
      for (std::size_t step = 0; step < losses.size(); ++step) {
        INFO(optimizer << " " << precision << ", step " << step + 1);
        const auto score = trainer.step(false);
        CHECK(score.loss / score.positions == Approx(losses[step]).epsilon(0).margin(1e-3));
      }
    }
}

TEST_CASE("training lowers the loss, on either kind of target and with either optimizer") {
  for (const char* targets : {"sampled", "expected"})
    for (const char* optimizer : {"muon", "adamw"}) {
      INFO(targets << " " << optimizer);
      auto config = tiny("fp32", 2);
      config.train.targets = targets;
      config.train.optimizer = optimizer;
      config.train.warmup_steps = 20;
      Trainer trainer(config);
      const auto first = trainer.step(true);
      StepScore last;
      for (int i = 1; i < 50; ++i) last = trainer.step(true);
      CHECK(first.loss / first.positions == Approx(std::log(33.0)).epsilon(0.05));
      CHECK(last.loss / last.positions < first.loss / first.positions - 0.05);
      CHECK(last.floor / last.positions == Approx(1.54).epsilon(0.05));
    }
}

TEST_CASE("expected targets are the distribution of the player that plays") {
  auto config = tiny("fp32", 2);
  config.train.player = "greedy:25.0";
  config.train.targets = "expected";
  Trainer trainer(config);
  CHECK(trainer.config().train.player == "greedy:25");
  const Vocabulary vocabulary(kBoard6);
  const GameSource source(kBoard6, config.train.seed, Purpose::training, make_player("greedy:25", kBoard6));
  const auto games = take_games(source, 0, config.train.batch_games);
  auto tokens = at::zeros({8, 31}, at::kLong);
  for (std::size_t g = 0; g < games.size(); ++g)
    for (std::size_t t = 0; t < std::min<std::size_t>(31, games[g].length); ++t)
      tokens[static_cast<std::int64_t>(g)][static_cast<std::int64_t>(t)] = vocabulary.token(games[g].squares[t]);
  const auto log_p = at::log_softmax(trainer.model().forward(tokens), -1);
  double loss = 0, floor = 0;
  for (std::size_t g = 0; g < games.size(); ++g) {
    const auto facts = replay(kBoard6, games[g].moves());
    for (std::size_t t = 0; t + 1 < facts.size(); ++t) {
      const MoveWeights weights = source.player().distribution(facts[t].after);
      floor += weights.entropy();
      for_each_square(weights.moves(), [&](Square square) {
        loss -=
            weights.probability(square) *
            log_p[static_cast<std::int64_t>(g)][static_cast<std::int64_t>(t)][vocabulary.token(square)].item<double>();
      });
    }
  }
  const auto score = trainer.step(false);
  CHECK(score.loss == Approx(loss).epsilon(1e-4));
  CHECK(score.floor == Approx(floor));
  CHECK(trainer.facts().player == "greedy:25");
}

TEST_CASE("a run goes on with its own player only, and not if its openings were changed") {
  const TemporaryFolder folder;
  const auto openings = (folder / "openings.txt").string();
  write_file(openings, "c4\n");
  auto config = tiny("fp32", 1);
  config.train.player = "restricted:" + openings;
  const auto run = RunFolder::create(folder / "run");
  Trainer trainer(config);
  run.write_config(to_json(trainer.config()));
  trainer.step(false);
  std::filesystem::create_directories(run.checkpoint(1));
  trainer.snapshot().write(run.checkpoint(1));
  CHECK(resume(run).steps_done() == 1);
  Trainer uniform(tiny("fp32", 1));
  CHECK(contains(error_of([&] { uniform.load(run.checkpoint(1)); }), "of player restricted:"));
  write_file(openings, "f5\n");
  CHECK(contains(error_of([&] { resume(run); }), "the file is another one now"));
}

TEST_CASE("a checkpoint of another model or with a damaged optimizer is refused") {
  const TemporaryFolder folder;
  Trainer trainer(tiny("fp32", 1));
  trainer.step(false);
  trainer.snapshot().write(folder.path());
  auto other = tiny("fp32", 1);
  other.model.layers = 3;
  Trainer larger(other);
  CHECK(contains(error_of([&] { larger.load(folder.path()); }), "other sizes"));
  std::filesystem::resize_file(folder / "optimizer.safetensors", 100);
  Trainer same(tiny("fp32", 1));
  CHECK(contains(error_of([&] { same.load(folder.path()); }), "optimizer.safetensors"));
}

TEST_CASE("settings that do not fit together name their keys") {
  auto config = tiny("fp32", 1);
  config.train.batch_games = 9;
  CHECK(contains(error_of([&] { config.resolve(); }), "train.batch_games"));
  config = tiny("fp32", 1);
  config.model.heads = 3;
  CHECK(contains(error_of([&] { config.resolve(); }), "model.d_model"));
  CHECK(contains(error_of([&] { read_config(config, Json{{"train", {{"precison", "fp32"}}}}); }), "train.precision"));
}

TEST_CASE("AdamW follows its formula") {
  auto w = at::tensor({1.0F, -2.0F}), m = at::zeros({2}), v = at::zeros({2});
  double x[2] = {1, -2}, m1[2] = {0, 0}, m2[2] = {0, 0};
  for (int step = 1; step <= 20; ++step) {
    const double g[2] = {0.3 * step, -0.1};
    adamw_update(w, at::tensor({static_cast<float>(g[0]), static_cast<float>(g[1])}), m, v, step, 0.01, 0.1);
    for (int i = 0; i < 2; ++i) {
      m1[i] = 0.9 * m1[i] + 0.1 * g[i];
      m2[i] = 0.95 * m2[i] + 0.05 * g[i] * g[i];
      const double mean = m1[i] / (1 - std::pow(0.9, step)), root = std::sqrt(m2[i] / (1 - std::pow(0.95, step)));
      x[i] -= 0.01 * 0.1 * x[i] + 0.01 * mean / (root + 1e-8);
    }
  }
  CHECK(w[0].item<double>() == Approx(x[0]).epsilon(1e-5));
  CHECK(w[1].item<double>() == Approx(x[1]).epsilon(1e-5));
}

TEST_CASE("Muon's direction has the singular vectors of the gradient and singular values near 1") {
  for (const auto& [rows, columns] : {std::pair{24, 40}, std::pair{40, 24}, std::pair{16, 16}}) {
    const auto g = at::randn({rows, columns});
    const auto o = orthogonalise(g, at::kFloat);
    const auto values = std::get<1>(at::linalg_svd(o, false));
    CHECK(values.max().item<double>() < 1.3);
    CHECK(values.median().item<double>() > 0.6);
    const auto [u, s, vh] = at::linalg_svd(g, false);
    const auto core = at::mm(at::mm(u.t(), o), vh.t());  // diagonal if the singular vectors are the same
    CHECK((core - at::diag(at::diag(core))).abs().max().item<double>() < 1e-3);
  }
}

TEST_CASE("Muon follows its formula for 20 steps, queries, keys and values each by themselves") {
  constexpr int rows = 6, columns = 4, parts = 3;
  using Matrix = std::vector<double>;  // [rows, columns]
  // Newton–Schulz on x [rows, columns] as the paper writes it, for rows > columns: by the small product xᵀ·x.
  const auto orthogonal = [](Matrix x) {
    double norm = 0;
    for (const double value : x) norm += value * value;
    for (double& value : x) value /= std::sqrt(norm) + 1e-7;
    for (int step = 0; step < 5; ++step) {
      double s[columns][columns] = {}, polynomial[columns][columns] = {};
      for (int i = 0; i < columns; ++i)
        for (int j = 0; j < columns; ++j)
          for (int k = 0; k < rows; ++k) s[i][j] += x[k * columns + i] * x[k * columns + j];
      for (int i = 0; i < columns; ++i)
        for (int j = 0; j < columns; ++j) {
          polynomial[i][j] = -4.7750 * s[i][j] + (i == j ? 3.4445 : 0);
          for (int k = 0; k < columns; ++k) polynomial[i][j] += 2.0315 * s[i][k] * s[k][j];
        }
      Matrix next(x.size(), 0);
      for (int i = 0; i < rows; ++i)
        for (int j = 0; j < columns; ++j)
          for (int k = 0; k < columns; ++k) next[i * columns + j] += x[i * columns + k] * polynomial[k][j];
      x = next;
    }
    return x;
  };
  at::manual_seed(6);
  auto weight = at::randn({rows, parts * columns});
  auto momentum = at::zeros_like(weight);
  auto truth = weight.to(at::kDouble).clone(), mean = at::zeros_like(truth);
  for (int step = 0; step < 20; ++step) {
    const auto gradient = at::randn_like(weight);
    muon_update(weight, gradient, momentum, parts, 0.02, 0.1, at::kFloat);
    const auto g = gradient.to(at::kDouble);
    mean = 0.95 * mean + 0.05 * g;
    const auto nesterov = 0.05 * g + 0.95 * mean;
    truth = truth * (1 - 0.02 * 0.1);
    for (int part = 0; part < parts; ++part) {
      Matrix x;
      for (int i = 0; i < rows; ++i)
        for (int j = 0; j < columns; ++j) x.push_back(nesterov[i][part * columns + j].item<double>());
      const auto direction = orthogonal(x);
      for (int i = 0; i < rows; ++i)
        for (int j = 0; j < columns; ++j)
          truth[i][part * columns + j] -= 0.02 * direction[static_cast<std::size_t>(i * columns + j)];
    }
  }
  CHECK((weight - truth).abs().max().item<double>() < 1e-4);
}

TEST_CASE("expected targets give the gradient that sampled moves give in the mean") {
  const Transformer model({.board = 6, .layers = 1, .d_model = 12, .heads = 2}, 3);
  const auto vocabulary = model.config().vocabulary();
  const GameSource source(kBoard6, 3, Purpose::training);
  const auto batch = take_batch(vocabulary, source, 0, 4);
  const auto copy = model.compute_copy(at::kFloat, true);
  const auto leaves = copy.parameters().list();
  const auto p = expected_targets(batch, vocabulary.size()).view({-1, vocabulary.size()});
  const auto flat = [&](const Tensor& loss) {
    TensorList parts;
    for (const auto& gradient : gradients(loss, leaves)) parts.push_back(gradient.flatten());
    return at::cat(parts).to(at::kDouble);
  };
  const auto rows = [&] {
    const auto logits = copy.forward(batch_tensor(batch, batch.tokens));
    return logits.view({-1, logits.size(2)});
  };
  const auto expected = flat(fused::cross_entropy_sum_expected(rows(), p));
  // The moves that the player might have played in the same positions.
  at::manual_seed(7);
  const auto has_target = p.sum(1) > 0;
  const auto moves = at::multinomial(p + 1e-30, 600, true) * has_target.unsqueeze(1);  // [positions, resamples]
  auto sum = at::zeros_like(expected), squares = at::zeros_like(expected);
  for (int k = 0; k < 600; ++k) {
    const auto g = flat(fused::cross_entropy_sum(rows(), moves.select(1, k).contiguous()));
    sum += g;
    squares += g * g;
  }
  const auto mean = sum / 600;
  const auto error = ((squares / 600 - mean * mean).clamp_min(0) / 600).sqrt();
  const auto varies = error > 1e-6;
  const auto z = ((mean - expected) / error).masked_select(varies);
  CHECK(z.numel() > 2000);
  CHECK(z.abs().max().item<double>() < 6);
  CHECK(z.square().mean().item<double>() == Approx(1).margin(0.4));
  CHECK((mean - expected).masked_select(varies.logical_not()).abs().max().item<double>() < 1e-4);
}

TEST_CASE("a device that is not there is refused with a sentence") {
  CHECK(parse_device("cpu") == at::Device(at::kCPU));
  CHECK(contains(error_of([] { parse_device("gpu"); }), "it is cpu, cuda or cuda:NUMBER"));
  if (torch_cuda_devices() == 0) CHECK(contains(error_of([] { parse_device("cuda:1"); }), "no CUDA device"));
  else CHECK(contains(error_of([] { parse_device("cuda:99"); }), "numbered from 0"));
}

TEST_CASE("operators run on one thread, in LibTorch and in OpenBLAS") {
  prepare_runtime();
  CHECK(torch_threads() == 1);
  CHECK(std::abs(openblas_threads()) == 1);  // −1: another BLAS
}

TEST_CASE("a complete run is not trained again by --resume") {
  const TemporaryFolder folder;
  const auto config = tiny("fp32", 1);
  const auto run = RunFolder::create(folder / "run");
  run.write_config(to_json(config));
  Trainer trainer(config);
  const Json result = train(trainer, run);
  CHECK(result["games"] == 400);
  run.write_result("train", result);
  CHECK(contains(error_of([&] { resume(run); }), "complete"));
}

TEST_CASE("the schedule rises, falls to 0 and does not depend on the length in its first 20 steps") {
  TrainConfig config;
  TrainConfig unknown = config;
  config.steps = 1000;
  for (int step = 0; step < 20; ++step) CHECK(schedule(config, step) == schedule(unknown, step));
  CHECK(schedule(config, 199) == Approx(1));
  CHECK(schedule(config, 600) == Approx(0.5));
  CHECK(schedule(config, 999) == Approx(1.0 / 800));
  config.steps = 50;
  for (int step = 0; step < 49; ++step) CHECK(schedule(config, step) > 0);
}

}  // namespace othello::test
