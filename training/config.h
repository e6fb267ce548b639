// Settings of a training run.
#pragma once

#include "model/config.h"

namespace othello {

struct TrainConfig {
  int batch_games = 64;             // games per step
  int shards = 4;                   // parts of a batch whose gradients are summed in order; fixes the result
  int workers = 0;                  // threads; 0 = one per core. Does not change the result
  std::string precision = "auto";   // of matrix products; auto = bf16 where the CPU has it in hardware
  std::string player = "uniform";   // who plays the games: a name that make_player knows
  std::string targets = "sampled";  // the move played, or the player's exact distribution of it
  std::uint64_t seed = 1;
  std::int64_t first_game = 0;      // number of the first game of the training stream
  std::int64_t steps = 0;           // length of the run; 0 = not yet known (a run given in minutes)
  double minutes = 0;               // > 0: the first 20 steps are timed, then `steps` is frozen
  std::string optimizer = "muon";   // muon (hidden matrices; AdamW for the rest) or adamw
  double learning_rate = 2e-3;      // of AdamW
  double muon_rate = 0.02;          // of Muon
  double weight_decay = 0.0;        // decoupled, on matrices
  std::int64_t warmup_steps = 200;  // linear rise, at most a fifth of the run; then linear decay to 0
  int log_steps = 50;               // a line of metrics every so many steps
  double checkpoint_minutes = 5;    // time between checkpoints; the last two are kept

  template <class Visitor>
  void fields(Visitor& v) {
    v("batch_games", batch_games, Range{1, 65536});
    v("shards", shards, Range{1, 4096});
    v("workers", workers, Range{0, 4096});
    v("precision", precision, OneOf{{"auto", "bf16", "fp32"}});
    v("player", player);
    v("targets", targets, OneOf{{"sampled", "expected"}});
    v("seed", seed);
    v("first_game", first_game, Range{0, 1e15});
    v("steps", steps, Range{0, 1e12});
    v("minutes", minutes, Range{0, 1e6});
    v("optimizer", optimizer, OneOf{{"muon", "adamw"}});
    v("learning_rate", learning_rate, Range{0, 10});
    v("muon_rate", muon_rate, Range{0, 10});
    v("weight_decay", weight_decay, Range{0, 10});
    v("warmup_steps", warmup_steps, Range{20, 1e9});
    v("log_steps", log_steps, Range{1, 1e9});
    v("checkpoint_minutes", checkpoint_minutes, Range{0, 1e6});
  }
};

/// What config.json of a run holds.
struct RunConfig {
  ModelConfig model;
  TrainConfig train;

  template <class Visitor>
  void fields(Visitor& v) {
    v("model", model);
    v("train", train);
  }

  /// Fills in what is derived (sizes, workers, precision); throws Error for settings that do not fit together.
  void resolve();
};

}  // namespace othello
