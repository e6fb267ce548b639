// What other commands found at the checkpoints of the same run, for one time axis.
#pragma once

#include <vector>

#include "common/config.h"
#include "theory/checkpoint_series.h"

namespace othello {

/// Whether a document of `command` was measured on the weights of this checksum: checkpoints of other runs have the
/// same names. Throws Error, naming `file`, if the document is something else.
bool is_of_model(const Json& document, const std::string& sha256, const std::string& command, const std::string& file);

/// [{"games", "mean", "low", "high", "valid", "decayed": true, false or null}] of the learning coefficient of the whole
/// model on all positions, from a document of `llc`: of those checkpoints that are in `series`, in its order; null if
/// there is none. Throws Error, naming `file`, if the document is something else.
Json joined_llc(const Json& document, const std::vector<SeriesCheckpoint>& series, const std::string& file);

/// [{"games", "value"}] of the kernel's velocity, from a document of `ntk`; likewise, and null if that did not follow
/// the training.
Json joined_velocity(const Json& document, const std::vector<SeriesCheckpoint>& series, const std::string& file);

/// Stage boundaries of a curve over games, from its smooth form on x = log10(games + `ahead`):
/// {"by", "boundaries": [games…], "length": ℓ in decades, "noise", "points"}; null for fewer than 5 points. `turning`:
/// where the curve turns (zeros of its derivative), as for learning coefficients; else where it bends most.
Json stages_by(const std::string& by, const std::vector<double>& games, const std::vector<double>& values, double ahead,
               bool turning);

/// Stages by the learning coefficient, from what `joined_llc` gives, where it is valid; of so many "points" as many as
/// "decayed" says are of checkpoints whose learning rate had decayed. Null if fewer than 5 are valid.
Json stages_by_llc(const Json& llc, double ahead);

}  // namespace othello
