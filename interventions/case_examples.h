// Some cases drawn out, for people to look at.
#pragma once

#include "interventions/case_batch.h"
#include "interventions/edit.h"

namespace othello {

/// A board as 64 characters, a1 first: X black, O white, - empty.
std::string discs_text(const Position& position);

/// The first of `members`, not picked by how well they went: [{"history", "square" (the first that changes), "changes",
/// "to_move", "discs_before", "discs_after", "legal_before", "legal_after", "probabilities_before" [64],
/// "probabilities_after" [64], "error_before", "error_after"}].
Json case_examples(const Transformer& model, const std::vector<Case>& cases, const std::vector<CaseBatch>& batches,
                   const std::vector<std::size_t>& members, const Edit& edit, const Placement& placement);

}  // namespace othello
