#include "training/trainer.h"

#include <cmath>

#include "common/files.h"
#include "common/interrupt.h"
#include "common/threads.h"
#include "data/players.h"
#include "model/batch_tensors.h"
#include "model/evaluation.h"
#include "model/fused.h"
#include "model/runtime.h"
#include "training/divergence.h"
#include "training/gradient_sum.h"
#include "training/team.h"

namespace othello {

void RunConfig::resolve() {
  model.resolve();
  train.precision = resolve_precision(train.precision, "cpu");
  if (train.workers == 0) train.workers = available_cores();
  if (train.batch_games % train.shards != 0)
    fail("configuration key 'train.batch_games' is {}, which is not a multiple of 'train.shards' = {}",
         train.batch_games, train.shards);
}

Trainer::Trainer(const RunConfig& config, std::optional<Transformer> initial)
    : config_(config),
      model_(initial ? *initial : Transformer(config.model, config.train.seed)),
      optimizer_(config.train, model_.parameters()),
      games_(board_size(config.model.board), config.train.seed, Purpose::training,
             make_player(config.train.player, board_size(config.model.board))) {
  config_.train.player = games_.player().name();
  if (config_.train.targets == "expected" && !games_.player().knows_chances())
    fail("imported games have only sampled targets: nobody knows the chances of the moves of {}", config_.train.player);
}

void Trainer::set_steps(std::int64_t steps) {
  config_.train.steps = steps;
  optimizer_.set_steps(steps);
}

TrainingFacts Trainer::facts() const {
  return {.step = step_,
          .games = config_.train.first_game + step_ * config_.train.batch_games,
          .seed = config_.train.seed,
          .player = config_.train.player,
          .targets = config_.train.targets};
}

Trainer::Shard Trainer::compute_shard(const Transformer& copy, const TensorList& leaves, int index,
                                      bool score_legal) const {
  const std::int64_t games = config_.train.batch_games / config_.train.shards;
  const auto first = static_cast<std::uint64_t>(facts().games + index * games);
  const auto vocabulary = config_.model.vocabulary();
  const auto batch = take_batch(vocabulary, games_, first, games);
  Shard shard;
  for (std::size_t cell = 0; cell < batch.targets.size(); ++cell) {
    if (batch.targets[cell] == kPadding) continue;
    shard.score.positions += 1;
    shard.score.floor += batch.floor(cell);
  }
  const auto logits = copy.forward(batch_tensor(batch, batch.tokens));  // [games, context, vocabulary]
  const auto rows = logits.view({-1, logits.size(2)});
  const auto loss =
      config_.train.targets == "sampled"
          ? fused::cross_entropy_sum(rows, batch_tensor(batch, batch.targets).view({-1}))
          : fused::cross_entropy_sum_expected(rows, expected_targets(batch, vocabulary.size()).view(rows.sizes()));
  shard.score.loss = loss.item<double>();
  if (score_legal)
    for (const auto& game : score_batch(logits.detach(), batch)) shard.score.legal_top1 += game.legal_top1;
  shard.gradients = gradients(loss, leaves);
  return shard;
}

Tensor Trainer::sum_of(const std::vector<Shard>& shards, std::size_t weight, const Tensor& like) {
  TensorList parts;
  for (const auto& shard : shards) parts.push_back(shard.gradients[weight]);
  auto sum = at::empty_like(like);
  sum_gradients(parts, sum);
  return sum;
}

void Trainer::join(std::shared_ptr<const ProcessGroup> group) {
  if (config_.train.shards % group->size() != 0)
    fail("configuration key 'train.shards' is {}, which is not a multiple of the {} processes", config_.train.shards,
         group->size());
  group_ = std::move(group);
  const auto step = at::full({1}, step_, at::kLong);
  group_->broadcast(step);
  step_ = step.item<std::int64_t>();
  for (const auto& weight : model_.parameters().list()) group_->broadcast(weight);
  for (const auto& [name, tensor] : optimizer_.state()) group_->broadcast(tensor);
}

void Trainer::sum_over_processes(StepScore& score) const {
  double numbers[] = {score.loss, score.floor, score.positions, score.legal_top1, interrupted() ? 1.0 : 0.0};
  group_->sum(numbers);
  score = {.loss = numbers[0], .floor = numbers[1], .positions = numbers[2], .legal_top1 = numbers[3]};
  if (numbers[4] > 0) request_interrupt();
}

StepScore Trainer::step(bool score_legal) {
  if (group_ && group_->rank() == 0) share(*group_, {Order::step, score_legal, config_.train.steps});
  const auto copy = model_.compute_copy(precision_type(config_.train.precision), true);
  const auto leaves = copy.parameters().list();
  const int own = config_.train.shards / processes(), first = group_ ? group_->rank() * own : 0;
  std::vector<Shard> shards(static_cast<std::size_t>(own));
  std::optional<GradientSum> sums;
  if (group_) sums.emplace(leaves, own, *group_);
  parallel_for(own, config_.train.workers, [&](int i, int) {
    auto& shard = shards[static_cast<std::size_t>(i)];
    shard = compute_shard(sums ? sums->tap(copy, i) : copy, leaves, first + i, score_legal);
    if (sums) sums->add(i, shard.gradients);
  });
  StepScore total;
  for (const auto& shard : shards) {
    total.loss += shard.score.loss, total.floor += shard.score.floor;
    total.positions += shard.score.positions, total.legal_top1 += shard.score.legal_top1;
  }
  if (group_) sum_over_processes(total);
  if (total.positions == 0) fail("player {} plays games without a second move to predict", config_.train.player);
  if (!std::isfinite(total.loss)) throw Diverged("the loss is not a finite number");

  auto weights = model_.parameters().list();
  parallel_for(static_cast<int>(weights.size()), config_.train.workers, [&](int index, int) {
    const at::NoGradGuard no_grad;
    const auto i = weights.size() - 1 - static_cast<std::size_t>(index);  // as GradientSum sends them
    auto sum = sums ? sums->wait(i) : sum_of(shards, i, weights[i]);
    optimizer_.update(i, weights[i], sum.div_(total.positions), step_);
  });
  ++step_;
  return total;
}

void Trainer::save(const std::filesystem::path& folder) const {
  save_model(folder / kModelFile, model_, facts());
  write_safetensors(folder / "optimizer.safetensors", {optimizer_.state(), {}});
  // Every random draw is a function of (seed, game number), so the cursor is the whole random state.
  write_file(folder / "state.json",
             json_text({{"step", step_}, {"next_game", facts().games}, {"seed", config_.train.seed}}, 2) + "\n");
}

void Trainer::load(const std::filesystem::path& folder) {
  const auto loaded = load_model(folder);
  if (loaded.model.config() != config_.model) fail("{}: its model has other sizes than this run", folder.string());
  if (loaded.facts.seed != config_.train.seed || loaded.facts.player != config_.train.player ||
      loaded.facts.targets != config_.train.targets)
    fail("{}: it was trained with seed {} on {} targets of player {}, other than this run's configuration says",
         folder.string(), loaded.facts.seed, loaded.facts.targets, loaded.facts.player);
  const auto state_file = (folder / "state.json").string();
  const auto state = parse_json(read_file(state_file), state_file);
  if (state != Json{{"step", loaded.facts.step}, {"next_game", loaded.facts.games}, {"seed", loaded.facts.seed}})
    fail("{}: it does not belong to the model beside it", state_file);
  const auto optimizer_file = folder / "optimizer.safetensors";
  const auto saved = read_safetensors(optimizer_file);
  optimizer_.load_state(saved.tensors, optimizer_file.string());
  model_ = loaded.model;
  step_ = loaded.facts.step;
  if (facts().games != loaded.facts.games)
    fail("{}: its game cursor does not fit this run's configuration", folder.string());
}

}  // namespace othello
