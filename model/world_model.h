// Does a model tell the states of the game apart, and only those? The metrics of Vafa, Chen, Rambachan, Kleinberg and
// Mullainathan 2024, "Evaluating the World Model Implicit in a Generative Model" (arXiv 2406.03689): by the
// Myhill–Nerode theorem, states are the same if and only if the same continuations are possible.
//
// A model *accepts* a token after some moves if its probability is above ε, and a suffix if it accepts every token of
// it in turn; padding is never accepted. The rules accept what is legal, whoever the player is. A suffix *sampled from
// the model* after moves A draws each token among those accepted, in proportion to their probability, until none is,
// the board is full, or the game is over for A (nothing after its end was ever trained on).
//
// *Compression*, for two sequences of moves A and B to the same state: 1 if B accepts every one of the suffixes sampled
// from the model after A, else 0.
//
// *Distinction*, for sequences A and B of equal length to different states. The model's boundary: suffixes sampled from
// the model after A, each cut behind the first token that the model rejects after B, those without one left out, each
// counted once. The true boundary: the same of suffixes drawn uniformly from the legal moves after A, cut behind the
// first that is illegal after B. *Precision* is the share of the model's boundary that is legal after A and illegal
// after B; *recall* the share of the true boundary that the model accepts after A and rejects after B.
//
// Where the authors' script differs: it leaves the side to move out of the state, goes on behind the end of the game,
// and counts a pair without a boundary as 1; here such a pair has no precision, or no recall. It draws states with
// replacement, and for distinction each state of a ply alike; here beginnings are drawn (data/state_pairs.h), so a
// state that many games reach comes more often.
#pragma once

#include <functional>
#include <optional>
#include <span>

#include "common/statistics.h"
#include "data/state_pairs.h"
#include "data/vocabulary.h"
#include "model/transformer.h"

namespace othello {

/// tokens [rows, pos] int64 → log-probabilities of the next token [rows, vocabulary] fp32. May remember its last call,
/// so it serves one thread.
using Generator = std::function<Tensor(const Tensor& tokens)>;
/// Makes one; safe to call from several threads.
using GeneratorFactory = std::function<Generator()>;

GeneratorFactory generator_of(const Transformer& model);

/// A control: any square where no disc is, alike. It keeps no track of colours, yet has the same continuations for the
/// same board, and tells boards apart by the squares that are taken.
GeneratorFactory empty_squares_generator(const Vocabulary& vocabulary);

/// Defaults as in the authors' script, but for the number of pairs (there 1000).
struct WorldModelSettings {
  std::int64_t pairs = 200;  // of either kind
  int suffixes = 30;         // sampled for a pair
  double epsilon = 0.01;
  std::uint64_t seed = 1;
  int workers = 1;
};

/// The moves of the pairs to compare, from games.
struct WorldModelPairs {
  std::vector<StatePair> same, other;
};

/// Means over pairs; nothing where no pair has one.
struct WorldModelScore {
  std::optional<Estimate> compression, precision, recall;

  /// {"compression", "distinction_precision", "distinction_recall"}
  Json to_json() const;
};

/// Pairs for those settings, from at least one legal game.
WorldModelPairs world_model_pairs(const BoardSize& board, std::span<const Game> games,
                                  const WorldModelSettings& settings);

/// Scores of a model, or of whatever generates; the number of workers does not change them. `show` is told now and then
/// the share of pairs that are done, from one thread.
WorldModelScore world_model_score(const GeneratorFactory& make, const Vocabulary& vocabulary,
                                  std::span<const Game> games, const WorldModelPairs& pairs,
                                  const WorldModelSettings& settings, const std::function<void(double)>& show = {});

}  // namespace othello
