// How well a model predicts: cross-entropy beside its floor, calibration, and legal moves.
#pragma once

#include <span>

#include "common/statistics.h"
#include "data/batch.h"
#include "model/transformer.h"

namespace othello {

/// Sums over positions that have a next move; all natural logarithms. Below, p is the model's distribution over all
/// tokens and q the player's over its moves.
struct Score {
  double positions = 0;
  double cross_entropy = 0;  // −log p(move played)
  double floor = 0;          // −Σ q log q, the entropy of the player that chose it
  double legal_top1 = 0;     // the most probable token is a legal move
  double legal_mass = 0;     // p of all legal moves
  double kl = 0;             // calibration: KL(u ‖ p) for the uniform distribution u over the legal moves
  double kl_player = 0;      // KL(q ‖ p): what cross_entropy − floor is on average over the moves that may be drawn

  Score& operator+=(const Score& other);
};

/// Sums over games of the scores of one ply, and of their squares.
struct PlyScore {
  Score sum, squares;

  PlyScore& operator+=(const Score& game);
  PlyScore& operator+=(const PlyScore& other);
};

struct Evaluation {
  std::vector<Score> games;
  std::vector<PlyScore> by_ply;  // [context]: the prediction after move t
  bool known_player = true;      // else `floor` and `kl_player` say nothing

  /// The fields of `evaluate`: games, positions, cross_entropy, floor, excess, legal_top1, legal_mass, kl, kl_player,
  /// each a mean over positions with its interval over games, and by_ply with means and their standard errors, as a
  /// game has one position of each ply. excess = cross_entropy −
  /// floor is measured on the moves that were played; kl_player is the same in expectation, without the noise of those
  /// draws, and for the uniform player it is kl. Of an unknown player floor, excess and kl_player are null.
  Json to_json() const;
};

/// Scores of every cell of a batch from its logits [games, context, vocabulary]: [games·context], of 0 positions where
/// there is no next move.
std::vector<Score> score_cells(const Tensor& logits, const Batch& batch);

/// Scores of one batch from its logits [games, context, vocabulary]; adds to `by_ply` if given.
std::vector<Score> score_batch(const Tensor& logits, const Batch& batch, std::vector<PlyScore>* by_ply = nullptr);

/// Games 0 … games−1 of `source` through the model in fp32, in batches spread over `workers` threads. Throws Error if
/// none of them has a second move to predict.
Evaluation evaluate(const Transformer& model, const GameSource& source, std::int64_t games, int workers);

/// The same for given games; `player` is who chose their moves, null if nobody knows.
Evaluation evaluate(const Transformer& model, std::span<const Game> games, const Player* player, int workers);

}  // namespace othello
