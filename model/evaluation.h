// How well a model predicts: cross-entropy beside its floor, and legal moves.
#pragma once

#include "common/statistics.h"
#include "data/batch.h"
#include "model/transformer.h"

namespace othello {

/// Sums over the positions of one game that have a next move; all natural logarithms.
struct GameScore {
  double positions = 0;
  double cross_entropy = 0;  // −log p(move played)
  double floor = 0;          // entropy of the player that chose it
  double legal_top1 = 0;     // the most probable token is a legal move
  double legal_mass = 0;     // probability on legal moves
};

struct PlyScore {
  double positions = 0, cross_entropy = 0, floor = 0, legal_top1 = 0;
};

struct Evaluation {
  std::vector<GameScore> games;
  std::vector<PlyScore> by_ply;  // [context]: the prediction after move t

  /// The fields of `evaluate`: games, positions, cross_entropy, floor, excess, legal_top1, legal_mass, by_ply.
  Json to_json() const;
};

/// Scores of one batch from its logits [games, context, vocabulary]; adds to `by_ply` if given.
std::vector<GameScore> score_batch(const Tensor& logits, const Batch& batch, std::vector<PlyScore>* by_ply = nullptr);

/// Games 0 … games−1 of `source` through the model in fp32, in batches spread over `workers` threads. Throws Error if
/// none of them has a second move to predict.
Evaluation evaluate(const Transformer& model, const GameSource& source, std::int64_t games, int workers);

}  // namespace othello
