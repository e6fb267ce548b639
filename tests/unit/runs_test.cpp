// If these fail, a run that goes wrong costs more than itself, or a checkpoint that a study needs is not there.
#include <cmath>
#include <limits>

#include "common/files.h"
#include "data/dataset_files.h"
#include "tests/support/files.h"
#include "tests/support/torch_test.h"
#include "training/divergence.h"
#include "training/run.h"
#include "training/schedule.h"

namespace othello::test {
namespace {

namespace fs = std::filesystem;

RunConfig small_run(std::int64_t steps) {
  RunConfig config;
  config.model = {.board = 6, .layers = 2, .d_model = 16, .heads = 2};
  config.train.batch_games = 8;
  config.train.precision = "fp32";
  config.train.workers = 1;
  config.train.steps = steps;
  config.train.log_steps = 5;
  config.resolve();
  return config;
}

/// A run folder with that configuration, not yet trained.
RunFolder new_run(const fs::path& path, const RunConfig& config) {
  auto run = RunFolder::create(path);
  run.write_config(to_json(config));
  return run;
}

std::string final_weights(const RunFolder& run) {
  return sha256(read_file(run.checkpoint(run.checkpoint_steps().back()) / kModelFile));
}

/// Numbers that look like noise, of mean 0 and standard deviation 1.
std::vector<float> noise(std::size_t n) {
  std::vector<float> values(n);
  Stream(4).normal(0, values);
  return values;
}

/// The first loss of the series at which the watch gives up, or −1.
int alarm(LossWatch watch, const std::vector<double>& losses) {
  for (std::size_t i = 0; i < losses.size(); ++i)
    if (!error_of([&] { watch.add(losses[i]); }).empty()) return static_cast<int>(i);
  return -1;
}

}  // namespace

TEST_CASE("the rate stays constant until the decay begins, so that a run can be extended") {
  TrainConfig config;
  config.steps = 1200;
  config.decay = 0.25;
  CHECK(schedule(config, 100) == Approx(101.0 / 200));
  for (const int step : {200, 500, 949}) CHECK(schedule(config, step) == 1);
  CHECK(schedule(config, 1075) == Approx(0.5));
  CHECK(schedule(config, 1199) == Approx(1.0 / 250));
  config.decay = 0;
  for (const int step : {200, 1199}) CHECK(schedule(config, step) == 1);
  auto longer = config;
  longer.steps = 12000;
  for (int step = 0; step < 1200; ++step) CHECK(schedule(config, step) == schedule(longer, step));
}

TEST_CASE("the warm-up of a run does not depend on its length while that is being measured") {
  TrainConfig unknown, config;
  for (const int steps : {100, 500, 1000, 100000}) {
    config.steps = steps;
    for (int step = 0; step < std::clamp(steps / 5, 20, 200); ++step)
      CHECK(schedule(config, step) == schedule(unknown, step));
  }
}

TEST_CASE("checkpoints that are kept for good are those that were asked for") {
  TrainConfig config;
  for (int step = 0; step < 1000; ++step) CHECK_FALSE(keeps(config, step));
  config.keep_every = 300;
  config.keep_log_spaced = 3;
  std::vector<long> kept;
  for (long step = 0; step <= 1000; ++step)
    if (keeps(config, step)) kept.push_back(step);
  CHECK(kept == std::vector<long>{0, 1, 2, 5, 10, 22, 46, 100, 215, 300, 464, 600, 900, 1000});
  CHECK(superseded(config, {0, 7, 10, 300, 310, 320, 330}, 2) == std::vector<long>{7, 310});
  CHECK(superseded(config, {0, 7}, 2).empty());
}

TEST_CASE("a run leaves the checkpoints of its configuration and its end, however often it stopped") {
  const TemporaryFolder folder;
  auto config = small_run(40);
  config.train.checkpoint_minutes = 0;  // one after every step
  config.train.keep_every = 15;
  config.train.keep_log_spaced = 2;
  const std::vector<long> expected{0, 1, 3, 10, 15, 30, 32, 40};
  const auto whole = new_run(folder / "whole", config);
  Trainer trainer(config);
  train(trainer, whole);
  CHECK(whole.checkpoint_steps() == expected);

  // Stopped at step 12, with two checkpoints that are not kept for good.
  const auto stopped = new_run(folder / "stopped", config);
  Trainer first(config);
  for (const long step : {0L, 1L, 3L, 10L, 11L, 12L}) {
    while (first.steps_done() < step) first.step(false);
    write_folder(stopped.checkpoint(step), [&](const auto& path) { first.snapshot().write(path); });
  }
  Trainer second = resume(stopped);
  CHECK(second.steps_done() == 12);
  train(second, stopped);
  CHECK(stopped.checkpoint_steps() == expected);
  CHECK(final_weights(stopped) == final_weights(whole));
}

TEST_CASE("a run that was killed before its result was written still gets it, and only then is complete") {
  const TemporaryFolder folder;
  const auto config = small_run(20);
  const auto run = new_run(folder / "run", config);
  Trainer trainer(config);
  const Json result = train(trainer, run);
  const auto weights = final_weights(run);
  Trainer again = resume(run);
  const Json late = train(again, run);
  CHECK(late["loss"] == result["loss"]);
  CHECK(late["steps"] == 20);
  CHECK(final_weights(run) == weights);
  run.write_result("train", late);
  CHECK(contains(error_of([&] { resume(run); }), "is complete"));
}

TEST_CASE("a run from given weights starts from them again if it was killed before its first checkpoint") {
  const TemporaryFolder folder;
  Trainer source(small_run(20));
  for (int i = 0; i < 3; ++i) source.step(false);
  const auto bf16 = folder / "bf16.safetensors";
  source.snapshot().write(folder.path());
  auto content = read_safetensors(folder / kModelFile);
  for (auto& [name, tensor] : content.tensors) tensor = tensor.to(at::kBFloat16);
  write_safetensors(bf16, content);
  for (const auto& file : {folder / kModelFile, bf16}) {
    auto config = small_run(20);
    config.train.init = file.string();
    config.train.init_sha256 = sha256(read_file(file));
    const auto run = new_run(file.string() + ".run", config);
    Trainer trainer = resume(run);
    CHECK(trainer.steps_done() == 0);
    const auto expected = read_safetensors(file).tensors.at("unembed.W_U").to(at::kFloat);
    CHECK(at::equal(trainer.model().parameters().W_U, expected));
    write_file(file, read_file(file == bf16 ? folder / kModelFile : bf16));
    CHECK(contains(error_of([&] { resume(run); }), "other weights"));
    write_safetensors(bf16, content);
    source.snapshot().write(folder.path());
  }
}

TEST_CASE("a loss that rises for good is noticed, noise and the fall of early training are not") {
  const double equal = std::log(61.0);
  const auto z = noise(3000);
  std::vector<double> healthy;
  for (std::size_t i = 0; i < z.size(); ++i) {
    const double t = static_cast<double>(i);
    double loss = 2.1 + (equal - 2.1) * std::exp(-t / 300) + 0.1 * z[i];
    if (i % 37 == 0) loss += 2;           // single bad batches
    if (i > 100 && i < 130) loss += 0.3;  // a bump at the end of the warm-up
    if (i > 1000 && i < 1015) loss += 1;  // a spike that passes
    healthy.push_back(loss);
  }
  CHECK(alarm(LossWatch(0.5, equal), healthy) == -1);

  auto broken = healthy;
  for (std::size_t i = 2000; i < broken.size(); ++i) broken[i] = 3.2 + 0.1 * z[i];
  CHECK(alarm(LossWatch(0.5, equal), broken) == 2000 + LossWatch::kPatience - 1);
  CHECK(alarm(LossWatch(0, equal), broken) == -1);
  LossWatch resumed(0.5, equal);
  resumed.reached(2.1);
  CHECK(alarm(resumed, std::vector<double>(100, 3.0)) == LossWatch::kPatience - 1);

  auto slow = healthy;
  for (std::size_t i = 1100; i < slow.size(); ++i) slow[i] += 0.001 * static_cast<double>(i - 1100);
  CHECK(alarm(LossWatch(0.5, equal), slow) > 1100);
  CHECK(alarm(LossWatch(0.5, equal), std::vector<double>(100, 50.0)) == LossWatch::kPatience - 1);

  LossWatch ending(0.5, equal), read_seldom(0.5, equal);
  for (int i = 1; i < LossWatch::kPatienceAtEnd; ++i) ending.add(50);
  CHECK_NOTHROW(ending.end());
  ending.add(50);
  CHECK(contains(error_of([&] { ending.end(); }), "for 5 steps"));
  CHECK(contains(error_of([&] { read_seldom.add(50, 50); }), "for 50 steps"));
}

TEST_CASE("training on weights that are not finite stops at the first step and writes no checkpoint of them") {
  const TemporaryFolder folder;
  auto config = small_run(40);
  for (const int log_spaced : {0, 2}) {
    config.train.keep_log_spaced = log_spaced;
    const auto run = new_run(folder / std::to_string(log_spaced), config);
    Transformer poisoned(config.model, 1);
    {
      const at::NoGradGuard no_grad;
      Tensor(poisoned.parameters().blocks[1].W_in)[0][0] = std::numeric_limits<float>::quiet_NaN();
    }
    Trainer trainer(config, LoadedModel{poisoned, {}, {}, {}});
    const auto sentence = error_of([&] { train(trainer, run); });
    CHECK(contains(sentence, "went wrong after 0 steps"));
    CHECK(contains(sentence, log_spaced == 0 ? "the loss is not a finite number" : "'blocks.1.mlp.W_in' hold numbers"));
    CHECK(contains(sentence, "last good checkpoint is none"));
    CHECK(run.checkpoint_steps().empty());
  }
}

TEST_CASE("weights that an update ruins never reach a checkpoint, and the last good one is named and intact") {
  const TemporaryFolder folder;
  auto config = small_run(40);
  for (const double minutes : {0.0, 5.0}) {  // a checkpoint at every step, or none before the loss shows it
    config.train.checkpoint_minutes = minutes;
    const auto run = new_run(folder / std::to_string(minutes), config);
    Trainer trainer(config);
    for (int i = 0; i < 5; ++i) trainer.step(false);
    write_folder(run.checkpoint(5), [&](const auto& path) { trainer.snapshot().write(path); });
    const auto before = final_weights(run);
    auto state = trainer.optimizer().state();
    state.at("blocks.0.attn.W_O.momentum")[0][0] = std::numeric_limits<float>::infinity();
    const auto sentence = error_of([&] { train(trainer, run); });
    CHECK(contains(sentence, "went wrong after 6 steps"));
    CHECK(contains(sentence, minutes == 0 ? "'blocks.0.attn.W_O' hold numbers" : "the loss is not a finite number"));
    CHECK(contains(sentence, "--init " + run.checkpoint(5).string()));
    CHECK(run.checkpoint_steps() == std::vector<long>{5});
    CHECK(final_weights(run) == before);
  }
}

TEST_CASE("a rate that is far too high ends the run") {
  const TemporaryFolder folder;
  auto config = small_run(400);
  config.train.learning_rate = config.train.muon_rate = 10;
  config.train.warmup_steps = 20;
  const auto run = new_run(folder / "run", config);
  Trainer trainer(config);
  CHECK(contains(error_of([&] { train(trainer, run); }), "training went wrong"));
  CHECK(run.checkpoint_steps().empty());
}

TEST_CASE("the norms of layers are those of their weights") {
  const auto config = small_run(20);
  Trainer trainer(config);
  trainer.step(false);
  const auto lines = layer_norms(trainer.model().parameters(), trainer.optimizer());
  REQUIRE(lines.size() == 6);  // embeddings, positions, two blocks, the last norm, the head
  CHECK(contains(lines[3], "blocks.1"));
  const auto& parameters = trainer.model().parameters();
  CHECK(contains(lines[5], fmt::format("weights {:.4g},", parameters.W_U.norm().item<double>())));
}

TEST_CASE("a full disk stops training with a sentence, keeps the last checkpoint, and costs nothing but time") {
  const TemporaryFolder folder;
  auto config = small_run(40);
  const auto whole = new_run(folder / "whole", config);
  Trainer uninterrupted(config);
  train(uninterrupted, whole);
  config.train.checkpoint_minutes = 0;
  const auto run = new_run(folder / "run", config);
  Trainer trainer(config);
  for (int i = 0; i < 5; ++i) trainer.step(false);
  write_folder(run.checkpoint(5), [&](const auto& path) { trainer.snapshot().write(path); });
  for (const rlim_t bytes : {10000, 0}) {  // the model does not fit, or not even a line of metrics
    if (bytes == 0) config.train.checkpoint_minutes = 5, run.write_config(to_json(config));
    Trainer stopped = resume(run);
    const FullDisk disk(bytes);
    const auto sentence = error_of([&] { train(stopped, run); });
    CHECK(contains(sentence, "cannot write " + run.path().string()));
    CHECK(contains(sentence, "last checkpoint is " + run.checkpoint(5).string()));
    CHECK(contains(sentence, "--resume --out " + run.path().string()));
    CHECK(run.checkpoint_steps() == std::vector<long>{5});
  }
  Trainer resumed = resume(run);
  train(resumed, run);
  CHECK(final_weights(run) == final_weights(whole));
}

TEST_CASE("a run whose checkpoints cannot be written stops and says which file") {
  const TemporaryFolder folder;
  const auto config = small_run(20);
  const auto run = new_run(folder / "run", config);
  fs::remove(run.checkpoints());
  write_file(run.checkpoints(), "in the way");
  Trainer trainer(config);
  const auto sentence = error_of([&] { train(trainer, run); });
  CHECK(contains(sentence, run.checkpoints().string()));
  CHECK(contains(sentence, "before its first checkpoint"));
}

TEST_CASE("imported games have no expected targets, and no floor in the metrics") {
  const TemporaryFolder folder;
  auto config = small_run(10);
  const Vocabulary vocabulary(kBoard6);
  std::vector<Game> games(30);
  GameSource(kBoard6, 3, Purpose::training).play(0, games);
  DatasetDocument dataset;
  dataset.header.board = 6;
  dataset.header.games = 30;
  for (const auto& game : games) dataset.header.plies += game.length;
  fs::create_directory(folder / "d");
  dataset.shards.push_back(write_shard(folder / "d", 0, to_tokens(games, vocabulary)));
  write_dataset_document(folder / "d", dataset);
  config.train.player = "dataset:" + (folder / "d").string();
  Trainer trainer(config);
  const auto run = new_run(folder / "run", trainer.config());
  train(trainer, run);
  CHECK_FALSE(run.read_metrics().back().contains("floor"));
  CHECK(load_model(run.path()).facts.player == trainer.player().name());
  config.train.targets = "expected";
  CHECK(contains(error_of([&] { Trainer refused(config); }), "only sampled"));
}

}  // namespace othello::test
