// Settings of a training run.
#pragma once

#include "model/config.h"

namespace othello {

struct TrainConfig {
  int batch_games = 64;             // games per step
  int shards = 4;                   // parts of a batch whose gradients are summed in order; fixes the result
  int workers = 0;                  // threads; 0 = one per core. Does not change the result
  std::string device = "cpu";       // cpu, cuda or cuda:NUMBER
  std::string precision = "auto";   // of matrix products; auto = bf16 where the device has it in hardware
  std::string player = "uniform";   // who plays the games: a name that make_player knows
  std::string targets = "sampled";  // the move played, or the player's exact distribution of it
  std::uint64_t seed = 1;
  std::int64_t first_game = 0;      // number of the first game of the training stream
  std::int64_t steps = 0;           // length of the run; 0 = not yet known (a run given in minutes)
  double minutes = 0;               // > 0: the first steps are timed, then `steps` is frozen
  std::string init;                 // the file whose weights the run starts from; "" = fresh weights
  std::string init_sha256;          // its checksum
  bool linearised = false;          // f(w0) + J(w0)·(w − w0) in place of f(w), around the initial weights w0
  double lazy_scale = 0;            // α > 0: α·(f(w) − f(w0)), or linearised without f(w0), at rates divided by α
  std::string optimizer = "muon";   // muon (hidden matrices; AdamW for the rest) or adamw
  double learning_rate = 2e-3;      // of AdamW
  double muon_rate = 0.02;          // of Muon
  double weight_decay = 0.0;        // decoupled, on matrices
  std::int64_t warmup_steps = 200;  // linear rise, at most a fifth of the run
  double decay = 1;                 // share of the steps after it in linear decay to 0; before that, constant
  double spike_nats = 0.5;          // a loss that stays so far above the best level ends the run; 0 = never
  int log_steps = 50;               // a line of metrics every so many steps
  double checkpoint_minutes = 5;    // time between checkpoints
  int keep_last = 2;                // of those, how many are kept until the run is complete
  std::int64_t keep_every = 0;      // > 0: a checkpoint every so many steps is written and kept for good
  int keep_log_spaced = 0;          // > 0: the same for step 0 and so many steps in each tenfold of steps

  template <class Visitor>
  void fields(Visitor& v) {
    v("batch_games", batch_games, Range{1, 65536});
    v("shards", shards, Range{1, 4096});
    v("workers", workers, Range{0, 4096});
    v("device", device);
    v("precision", precision, OneOf{{"auto", "bf16", "fp32"}});
    v("player", player);
    v("targets", targets, OneOf{{"sampled", "expected"}});
    v("seed", seed);
    v("first_game", first_game, Range{0, 1e15});
    v("steps", steps, Range{0, 1e12});
    v("minutes", minutes, Range{0, 1e6});
    v("init", init);
    v("init_sha256", init_sha256);
    v("linearised", linearised);
    v("lazy_scale", lazy_scale, Range{0, 1e6});
    v("optimizer", optimizer, OneOf{{"muon", "adamw"}});
    v("learning_rate", learning_rate, Range{0, 10});
    v("muon_rate", muon_rate, Range{0, 10});
    v("weight_decay", weight_decay, Range{0, 10});
    v("warmup_steps", warmup_steps, Range{20, 1e9});
    v("decay", decay, Range{0, 1});
    v("spike_nats", spike_nats, Range{0, 1000});
    v("log_steps", log_steps, Range{1, 1e9});
    v("checkpoint_minutes", checkpoint_minutes, Range{0, 1e6});
    v("keep_last", keep_last, Range{1, 1e6});
    v("keep_every", keep_every, Range{0, 1e12});
    v("keep_log_spaced", keep_log_spaced, Range{0, 1000});
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
