// Look-up table or algorithm? What a model makes of held-out positions, beside how near they are to its training.
#pragma once

#include <limits>
#include <span>
#include <vector>

#include "data/nearest_games.h"
#include "model/checkpoint.h"
#include "probes/probe_set.h"

namespace othello {

/// The games of all runs in which weights were trained, oldest first (--init), for they are a function of player and
/// seed. Throws Error if it is not known which games they were, the file of a player is not there or another one now,
/// or there are none.
std::vector<GameRun> training_runs(const TrainingFacts& facts, const BoardSize& board);

/// How near a position of a held-out game is to training.
struct Closeness {
  int distance = 0;            // moves since the game left every game of training
  bool board_seen = false;     // the board occurred in training
  bool nearest_legal = false;  // the nearest game of training goes on with a move that is legal here
};

struct NoveltyPosition {
  int game = 0;  // of the held-out ones
  int ply = 0;   // from 1: the board after that move
  Closeness exact;
  Closeness image;                // all of it also by mirror images
  double legal_top1 = 0;          // 1 if the model's most probable token is a legal move
  double legal_mass = 0;          // the model's probability of all legal moves
  double uniform_legal = 0;       // the share of empty squares that are legal moves
  double board_accuracy = kNone;  // the share of squares that the probe reads right

  static constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
};

/// Every position with a next move, for `seen` of `games` by `find_nearest_games` in `training`; the board is read by
/// `probe`, a linear one of mine / yours / empty (null: not at all). The nearest game is the one that has most first
/// moves in common with the whole held-out game, of several the first; where it has ended by then, its move is not
/// legal. The order does not depend on the number of workers.
std::vector<NoveltyPosition> novelty_positions(const Transformer& model, std::span<const Game> games,
                                               std::span<const SeenGame> seen, std::span<const GameRun> training,
                                               const FittedProbe* probe, int workers);

}  // namespace othello
