// A model that is intervened on, with its probes and the cases as it sees them.
#pragma once

#include "interventions/case_batch.h"
#include "interventions/readout_gradient.h"
#include "probes/probe_set.h"

namespace othello {

/// What is intervened on: the trained model, or as a control an untrained one with probes of its own.
struct Subject {
  const Transformer* model = nullptr;
  const ProbeSet* probes = nullptr;
  /// Probes with a hidden layer for even and odd plies, of places that have some.
  const std::map<ProbeSite, std::array<PlaneReadout, 2>>* hidden = nullptr;
  std::vector<CaseBatch> batches;
};

/// The linear probe of mine / yours / empty that tells directions at a place: its own, else, for what is added to the
/// residual stream in a block, that of the stream behind it (for what enters a block, behind the one before). Null if
/// there is none.
const FittedProbe* find_board_probe(const ProbeSet& probes, const ProbeSite& site);
/// Throws Error if there is none.
const FittedProbe& board_probe(const ProbeSet& probes, const ProbeSite& site);

}  // namespace othello
