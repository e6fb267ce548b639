// The finer pictures of the probe section. Each is "" where the document has nothing to draw.
#pragma once

#include <string>

#include "report/probe_measures.h"

namespace othello {

/// Accuracy by how often a disc was turned, and what the network gains there.
std::string flip_figure(const ProbeResults& probe);
/// V-information by itself and beyond what the moves tell.
std::string information_figure(const ProbeResults& probe, const ProbeMeasures& measures);
/// Accuracy by ply, by games fitted on, by the width of untrained models and by the rank of the probe.
std::string effort_figures(const ProbeResults& probe, const ProbeMeasures& measures);

/// Whether layers write the board along the same directions.
std::string direction_figure(const ProbeMeasures& measures);

/// Selectivity, description length, other targets and transfer.
std::string probe_tables(const ProbeResults& probe, const ProbeMeasures& measures);

}  // namespace othello
