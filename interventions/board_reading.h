// What a probe reads behind an edit: the squares that were to change, and the rest, which was not.
#pragma once

#include "common/statistics.h"
#include "interventions/edit.h"
#include "probes/probe_set.h"

namespace othello {

/// By case: squares that are read as they are on the changed board.
struct BoardReading {
  std::vector<Cluster> changed;    // of those that the case changes
  std::vector<Cluster> untouched;  // of all others
};

/// Reads mine / yours / empty with `probe` at the last position of an edited pass (null = none), of `count` cases.
/// Untouched squares read worse than without an edit are the cost of the edit.
BoardReading read_board(const Transformer& model, const std::vector<CaseBatch>& batches, std::size_t count,
                        const Edit* edit, const Placement& placement, const FittedProbe& probe, int workers);

}  // namespace othello
