// Logistic probes of a target in a mode: one convex fit for each set of weights.
#pragma once

#include "probes/logistic.h"
#include "probes/probe_score.h"
#include "probes/probe_set.h"

namespace othello {

/// What is read, from which rows.
struct ReadingTask {
  const Target& target;  // labels 0 of the batches
  Vocabulary vocabulary;
  Mode mode;
  int workers;

  ProbeScore new_score(std::int64_t games) const { return {target, vocabulary, games, Scores::logits}; }
  /// Rows of batches of those parities.
  static std::int64_t rows(const ProbeBatches& batches, const std::vector<int>& parities);
  /// Rows of a batch that the mode reads.
  std::int64_t rows(const std::shared_ptr<const ProbeBatch>& batch) const;
};

/// Logits of the rows of one parity, [rows, outputs]; undefined where there is no probe for it.
using Predict = std::function<Tensor(const ProbeBatch&, int parity)>;
void add_scores(ProbeScore& score, const ReadingTask& task, const ProbeBatch& batch, const Predict& predict);

/// Null for what is undefined.
Json or_null(double value);

struct LogisticProbe {
  Readout readout;
  double penalty = 0, gradient = 0, seconds = 0;
  double chosen_at = 0;  // accuracy on the games that chose the penalty, where some did
  int passes = 0;
  bool converged = true;

  /// `input` and this outlive the result.
  Predict predict(const ProbeInput& input) const;
  /// Everything, and back.
  TensorList to_tensors() const;
  static LogisticProbe from_tensors(const TensorList& tensors);
};

/// Fits to the rows of `batches` with l2 = `penalty` from the weights of `start`, to a gradient of 10⁻⁴. Weights for
/// plies of which there are no rows are 0. `pause` is called between passes and may throw to give up.
LogisticProbe fit_logistic_probe(const ReadingTask& task, const ProbeInput& input, const ProbeBatches& batches,
                                 double penalty, const Readout& start = {}, const std::function<void()>& pause = {});

/// Online description length (Voita & Titov 2020, arXiv 2003.12298) of the labels of `batches`, the `games` games of a
/// pass: blocks that end at 0.1, 0.2, 0.4, …, 50, 100 % of the games are each coded by the probe that was fitted to
/// those before, the first at log₂ classes bits a label. Blocks are whole batches: the first ones should be small. The
/// penalty of all labels together stays what it is on all games, as a prior would. {"name", "labels", "first_share" of
/// the labels in the first block, "uniform", "codelength": E bits a label, "compression": E = uniform / codelength,
/// "blocks": [{"fit_games", "cross_entropy"}…]}, or "undefined" with too few games. `pause` is called between passes
/// and may throw to give up.
Json description_length(const ReadingTask& task, const ProbeInput& input, const ProbeBatches& batches,
                        std::int64_t games, double penalty, const std::function<void()>& pause);

}  // namespace othello
