// Training: fixed shards of a batch, summed in order, so that the number of workers never changes the result.
#pragma once

#include <functional>
#include <optional>

#include "common/run_folder.h"
#include "data/games.h"
#include "model/checkpoint.h"
#include "training/optimizer.h"
#include "training/process_group.h"

namespace othello {

/// What one step found, summed over its batch.
struct StepScore {
  double loss = 0;        // Σ cross-entropy against the run's targets
  double floor = 0;       // Σ entropy of the player
  double positions = 0;   // positions with a target
  double legal_top1 = 0;  // Σ, only if asked for
};

/// A copy of all that a run needs to go on.
struct Snapshot {
  Transformer model;
  SafeTensors optimizer;
  TrainingFacts facts;

  /// Writes {model.safetensors, optimizer.safetensors, state.json} into an existing folder.
  void write(const std::filesystem::path& folder) const;
};

/// Weights, optimizer and cursor, advanced step by step.
class Trainer {
 public:
  /// `config` must be resolved. Fresh weights unless `initial` is given. Throws Error if there is no such player.
  explicit Trainer(const RunConfig& config, const std::optional<LoadedModel>& initial = {});

  /// One step on the next batch_games games: gradient shards in parallel, summed in fp32 in index order, then the
  /// optimizer weight by weight. A linearised model's gradient is J(w0)ᵀ of the loss's gradient by the logits; a lazy
  /// one's optimizer moves u = α·(w − w0), so rates mean the same for every α. On a GPU a process computes all its
  /// shards as one batch, while the CPU makes the next one; without `read_loss` it does not wait for the GPU, and the
  /// loss is part of the next one that is read. Throws Diverged if the loss is not finite; on a CPU the weights are
  /// then as they were.
  StepScore step(bool score_legal, bool read_loss = true);

  /// Freezes the length of a run given in minutes.
  void set_steps(std::int64_t steps);

  /// Changes nothing but the speed.
  void set_workers(int workers) { config_.train.workers = workers; }

  /// Takes over weights, optimizer and step of process 0 of `group`; from now on all its processes must make the same
  /// steps together (see training/team.h). Each computes its part of the shards, in contiguous order, so a step's games
  /// are the same for any number of processes, and all end it with the same weights; these differ from those of one
  /// process by the order in which fp32 gradients are added. Throws Error if the shards cannot be divided.
  void join(std::shared_ptr<const ProcessGroup> group);

  /// Those that share its steps.
  int processes() const { return group_ ? group_->size() : 1; }

  std::int64_t steps_done() const { return step_; }
  const RunConfig& config() const { return config_; }
  const Transformer& model() const { return model_; }
  const Optimizer& optimizer() const { return optimizer_; }
  const Player& player() const { return games_.player(); }
  TrainingFacts facts() const;

  /// The state after the last step, in memory of its own.
  Snapshot snapshot() const;
  /// Goes on from the folder of a snapshot. Throws Error if it does not fit the configuration.
  void load(const std::filesystem::path& folder);

 private:
  struct Part;  // some games as tensors
  struct Ahead;
  struct Shard {
    TensorList gradients;
    StepScore score;
  };
  /// Games first … first+games−1. For a GPU those of the step to come are made in the background meanwhile.
  Part take_part(std::uint64_t first, std::int64_t games);
  /// Of all shards' gradients by one weight, a tensor like `like`.
  static Tensor sum_of(const std::vector<Shard>& shards, std::size_t weight, const Tensor& like);
  void sum_over_processes(StepScore& score) const;
  /// `network` is f with the `leaves` as its weights: the model, or the ordinary network at w0 if it is linearised.
  Shard compute_shard(const Transformer& network, const TensorList& leaves, const Part& part, bool score_legal);
  /// What the step's gradients are taken of: see compute_shard.
  Transformer with_leaves() const;

  RunConfig config_;
  at::Device device_;
  Transformer model_;  // fp32 master weights
  Optimizer optimizer_;
  GameSource games_;
  std::vector<TrainingFacts> earlier_;  // of the initial weights
  std::int64_t step_ = 0;
  Tensor unread_loss_;                         // on a GPU: Σ over steps
  std::shared_ptr<Ahead> ahead_;               // on a GPU
  std::shared_ptr<const ProcessGroup> group_;  // null if there is one process
};

}  // namespace othello
