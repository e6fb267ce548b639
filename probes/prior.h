// What is known of a label before anything is read: the predictor that every other one has to beat.
#pragma once

#include "model/torch.h"
#include "probes/probe_batch.h"
#include "probes/targets.h"

namespace othello {

/// How often each class occurs for each unit at each ply, half a count added to each (Krichevsky & Trofimov 1981), so
/// that none is impossible. Its cross-entropy is H(Y|∅) of V-information (Xu et al. 2020, arXiv 2002.10689).
class Prior {
 public:
  /// `context`: the last ply that positions can have.
  Prior(const Target& target, std::int64_t context);

  /// Counts the labels of all rows; `target` is the index into batch.labels.
  void add(const ProbeBatch& batch, std::size_t target);

  /// ln p for the rows of one parity: [rows, units·classes] fp32.
  Tensor logits(const ProbeBatch& batch, int parity) const;

 private:
  Tensor counts_;  // [context, units, classes] fp64
};

}  // namespace othello
