// Which subspace carries a square? Distributed alignment search on intervention cases.
#pragma once

#include "interventions/case_set.h"
#include "interventions/subspace.h"
#include "model/checkpoint.h"

namespace othello {

struct AlignmentSettings {
  std::int64_t dimension = 1;  // of the subspace
  SubspaceSettings search{.steps = 300, .rate = 0.02};
  std::optional<std::pair<int, int>> layers;  // only these blocks are tried
  std::uint64_t seed = 1;
  int workers = 0;  // 0 = one per core
};

/// Distributed alignment search (Geiger et al. 2023, arXiv 2303.02536) for the state of one square, which all `cases`
/// flip. Of each case, another one in which the square has the wanted state (at a ply of the same parity) is the
/// source: what lies in a subspace of the residual stream after a block, at the last position, becomes the source's.
/// The subspace is searched for, block by block, that makes the answer the uniform distribution over the moves that are
/// legal after the flip; a third of the cases is searched on (the best block is the one with the least loss on a third
/// of these), the rest report. {"edits": a row for every block and the chosen one, "controls": null, random-subspace of
/// the same dimension, whole-stream (all of the activation is the source's), untrained (searched for in that model),
/// …}; interchange_accuracy is the share of cases whose answer has no error. Throws Error if the cases do not flip one
/// and the same square, or too few of either state are there.
Json alignment_benchmark(const LoadedModel& loaded, const CaseSet& cases, const AlignmentSettings& settings,
                         const std::function<void(double share, const std::string& what)>& progress);

}  // namespace othello
