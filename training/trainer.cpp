#include "training/trainer.h"

#include <cmath>
#include <future>

#include "common/files.h"
#include "common/interrupt.h"
#include "common/threads.h"
#include "data/players.h"
#include "model/batch_tensors.h"
#include "model/evaluation.h"
#include "model/fused.h"
#include "model/linearised.h"
#include "model/operations.h"
#include "model/runtime.h"
#include "training/divergence.h"
#include "training/gradient_sum.h"
#include "training/team.h"

namespace othello {

void RunConfig::resolve() {
  model.resolve();
  const bool has_base = train.linearised || train.lazy_scale > 0;
  if (has_base && train.precision == "bf16")
    fail(
        "configuration key 'train.precision' is bf16, which is too coarse for train.linearised and train.lazy_scale: "
        "they need fp32");
  if (has_base && train.weight_decay > 0)
    fail(
        "configuration key 'train.weight_decay' is {}, which pulls weights to 0; with train.linearised or "
        "train.lazy_scale the place to stay near is the initial weights: set it to 0",
        train.weight_decay);
  train.precision = has_base ? "fp32" : resolve_precision(train.precision, train.device);
  if (train.workers == 0) train.workers = available_cores();
  if (train.batch_games % train.shards != 0)
    fail("configuration key 'train.batch_games' is {}, which is not a multiple of 'train.shards' = {}",
         train.batch_games, train.shards);
  constexpr double kMostGames = 1e15;  // what a checkpoint can say (TrainingFacts)
  if (static_cast<double>(train.first_game) + static_cast<double>(train.steps) * train.batch_games > kMostGames)
    fail("configuration keys 'train.first_game' and 'train.steps' lead behind game {}", kMostGames);
}

namespace {

/// Fresh weights unless there are initial ones; with what the configuration wants of its base.
Transformer first_model(const RunConfig& config, const std::optional<LoadedModel>& initial) {
  auto network = initial ? initial->model : Transformer(config.model, config.train.seed);
  require_ordinary(network, "--init");
  const bool has_base = config.train.linearised || config.train.lazy_scale > 0;
  return has_base ? with_base(network, config.train.linearised, config.train.lazy_scale) : network;
}

}  // namespace

Trainer::Trainer(const RunConfig& config, const std::optional<LoadedModel>& initial)
    : config_(config),
      device_(parse_device(config.train.device)),
      model_(first_model(config, initial).on(device_)),
      optimizer_(config.train, model_.parameters()),
      games_(board_size(config.model.board), config.train.seed, Purpose::training,
             make_player(config.train.player, board_size(config.model.board))) {
  if (initial) earlier_ = initial->facts.history();
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
          .first_game = config_.train.first_game,
          .games = config_.train.first_game + step_ * config_.train.batch_games,
          .seed = config_.train.seed,
          .player = config_.train.player,
          .targets = config_.train.targets,
          .earlier = earlier_};
}

struct Trainer::Part {
  Batch batch;
  Tensor tokens;   // [games, context] int64
  Tensor targets;  // sampled: [games·context] int64; expected: [games·context, vocabulary] fp32
  StepScore score;

  Part(const RunConfig& config, const GameSource& source, std::uint64_t first, std::int64_t games)
      : batch(take_batch(config.model.vocabulary(), source, first, games)), tokens(batch_tensor(batch, batch.tokens)) {
    const int vocabulary = config.model.vocabulary().size();
    targets = config.train.targets == "sampled" ? batch_tensor(batch, batch.targets).view({-1})
                                                : expected_targets(batch, vocabulary).view({-1, vocabulary});
    for (std::size_t cell = 0; cell < batch.targets.size(); ++cell) {
      if (batch.targets[cell] == kPadding) continue;
      score.positions += 1;
      score.floor += batch.floor(cell);
    }
  }
};

struct Trainer::Ahead {
  std::uint64_t first;
  std::future<Part> part;
};

Trainer::Part Trainer::take_part(std::uint64_t first, std::int64_t games) {
  if (device_.is_cpu()) return {config_, games_, first, games};
  Part part = ahead_ && ahead_->first == first ? ahead_->part.get() : Part(config_, games_, first, games);
  const auto next = first + static_cast<std::uint64_t>(config_.train.batch_games);
  ahead_ = std::make_shared<Ahead>(
      next, std::async(std::launch::async,
                       [config = config_, source = games_, next, games] { return Part(config, source, next, games); }));
  return part;
}

Transformer Trainer::with_leaves() const {
  const auto network = config_.train.linearised ? network_at_base(model_) : model_;
  return network.compute_copy(precision_type(config_.train.precision), true);
}

Trainer::Shard Trainer::compute_shard(const Transformer& network, const TensorList& leaves, const Part& part,
                                      bool score_legal) {
  const auto tokens = to_device(part.tokens, device_);
  const auto f = network.forward(tokens);  // [games, context, vocabulary]
  auto logits = f;
  if (config_.train.linearised) logits = model_.forward(tokens).requires_grad_();
  const auto rows = logits.view({-1, logits.size(2)});
  const auto targets = to_device(part.targets, device_);
  const bool sampled = config_.train.targets == "sampled";
  Shard shard{{}, part.score};
  Tensor loss;
  if (device_.is_cpu()) {
    loss = sampled ? fused::cross_entropy_sum(rows, targets) : fused::cross_entropy_sum_expected(rows, targets);
    shard.score.loss = loss.item<double>();
  } else {
    loss = sampled ? ops::cross_entropy_sum(rows, targets) : ops::cross_entropy_sum_expected(rows, targets);
    unread_loss_ = unread_loss_.defined() ? unread_loss_ + loss.detach() : loss.detach();
  }
  if (score_legal)
    for (const auto& game : score_batch(logits.detach(), part.batch)) shard.score.legal_top1 += game.legal_top1;
  shard.gradients = config_.train.linearised ? torch::autograd::grad({f}, leaves, gradients(loss, {logits}))
                                             : gradients(loss, leaves);
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
  if (group->device().type() != device_.type())
    fail("this run trains on {}, but its processes came together on {}: give --device to all of them",
         config_.train.device, group->device().str());
  group_ = std::move(group);
  const auto step = at::full({1}, step_, at::dtype(at::kLong).device(device_));
  group_->broadcast(step);
  step_ = step.item<std::int64_t>();
  for (const auto& weight : model_.parameters().list()) group_->broadcast(weight);
  if (model_.base() != nullptr)
    for (const auto& weight : model_.base()->weights.list()) group_->broadcast(weight);
  for (const auto& [name, tensor] : optimizer_.state()) group_->broadcast(tensor);
}

void Trainer::sum_over_processes(StepScore& score) const {
  double numbers[] = {score.loss, score.floor, score.positions, score.legal_top1, interrupted() ? 1.0 : 0.0};
  group_->sum(numbers);
  score = {.loss = numbers[0], .floor = numbers[1], .positions = numbers[2], .legal_top1 = numbers[3]};
  if (numbers[4] > 0) request_interrupt();
}

StepScore Trainer::step(bool score_legal, bool read_loss) {
  if (group_ && group_->rank() == 0) share(*group_, {Order::step, score_legal, read_loss, config_.train.steps});
  const auto network = with_leaves();
  const auto leaves = network.parameters().list();
  const int own = config_.train.shards / processes(), rank = group_ ? group_->rank() : 0;
  const int parts = device_.is_cpu() ? own : 1;
  const std::int64_t games = config_.train.batch_games / config_.train.shards * own / parts;
  std::vector<Shard> shards(static_cast<std::size_t>(parts));
  std::optional<GradientSum> sums;
  if (group_) sums.emplace(leaves, parts, *group_);
  parallel_for(parts, config_.train.workers, [&](int i, int) {
    const auto game = static_cast<std::uint64_t>(facts().games + (rank * parts + i) * games);
    const Part part = take_part(game, games);
    auto& shard = shards[static_cast<std::size_t>(i)];
    shard = compute_shard(sums ? sums->tap(network, i) : network, leaves, part, score_legal);
    if (sums) sums->add(i, shard.gradients);
  });
  StepScore total;
  for (const auto& shard : shards) {
    total.loss += shard.score.loss, total.floor += shard.score.floor;
    total.positions += shard.score.positions, total.legal_top1 += shard.score.legal_top1;
  }
  if (read_loss && unread_loss_.defined()) {
    total.loss = unread_loss_.item<double>();
    unread_loss_ = Tensor();
  }
  if (group_) sum_over_processes(total);
  if (total.positions == 0) fail("player {} plays games without a second move to predict", config_.train.player);
  if (!std::isfinite(total.loss)) throw Diverged("the loss is not a finite number");

  // The loss's gradient by u = α·(w − w0); of a linearised model the leaves were at w0 and gave just that.
  const bool lazy = config_.train.lazy_scale > 0 && !config_.train.linearised;
  const double divisor = total.positions * (lazy ? config_.train.lazy_scale : 1);
  auto weights = model_.parameters().list();
  parallel_for(static_cast<int>(weights.size()), config_.train.workers, [&](int index, int) {
    const at::NoGradGuard no_grad;
    const auto i = weights.size() - 1 - static_cast<std::size_t>(index);  // as GradientSum sends them
    auto sum = sums ? sums->wait(i) : sum_of(shards, i, weights[i]);
    optimizer_.update(i, weights[i], sum.div_(divisor), step_);
  });
  ++step_;
  return total;
}

Snapshot Trainer::snapshot() const {
  const auto copy = [](const Tensor& tensor) { return tensor.detach().to(at::kCPU, at::kFloat, false, /*copy=*/true); };
  auto parameters = model_.parameters();
  Parameters::visit(parameters, [&](const std::string&, Tensor& tensor, Role) { tensor = copy(tensor); });
  SafeTensors state{optimizer_.state(), {}};
  for (auto& [name, tensor] : state.tensors) tensor = copy(tensor);
  return {model_.with_weights(std::move(parameters)), std::move(state), facts()};
}

void Snapshot::write(const std::filesystem::path& folder) const {
  save_model(folder / kModelFile, model, facts);
  write_safetensors(folder / "optimizer.safetensors", optimizer);
  // Every random draw is a function of (seed, game number), so the cursor is the whole random state.
  write_file(folder / "state.json",
             json_text({{"step", facts.step}, {"next_game", facts.games}, {"seed", facts.seed}}, 2) + "\n");
}

void Trainer::load(const std::filesystem::path& folder) {
  const auto loaded = load_model(folder);
  if (loaded.model.config() != config_.model) fail("{}: its model has other sizes than this run", folder.string());
  if (loaded.facts.seed != config_.train.seed || loaded.facts.player != config_.train.player ||
      loaded.facts.targets != config_.train.targets)
    fail("{}: it was trained with seed {} on {} targets of player {}, other than this run's configuration says",
         folder.string(), loaded.facts.seed, loaded.facts.targets, loaded.facts.player);
  const auto* base = loaded.model.base();
  if ((base != nullptr && base->linearised) != config_.train.linearised ||
      (base != nullptr ? base->lazy_scale : 0) != config_.train.lazy_scale)
    fail("{}: it is not linearised, or lazy, as this run's configuration says", folder.string());
  const auto state_file = (folder / "state.json").string();
  const auto state = parse_json(read_file(state_file), state_file);
  if (state != Json{{"step", loaded.facts.step}, {"next_game", loaded.facts.games}, {"seed", loaded.facts.seed}})
    fail("{}: it does not belong to the model beside it", state_file);
  const auto optimizer_file = folder / "optimizer.safetensors";
  const auto saved = read_safetensors(optimizer_file);
  optimizer_.load_state(saved.tensors, optimizer_file.string());
  model_ = loaded.model.on(device_);
  earlier_ = loaded.facts.earlier;
  step_ = loaded.facts.step;
  if (facts().games != loaded.facts.games)
    fail("{}: its game cursor does not fit this run's configuration", folder.string());
}

}  // namespace othello
