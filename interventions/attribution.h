// Attribution patching: the effects of all patches from one gradient, and how far they are from the truth.
#pragma once

#include <span>

#include "interventions/patching.h"

namespace othello {

/// The first-order approximation of exact_patching (Nanda 2023, "Attribution patching"; Kramár et al. 2024, arXiv
/// 2403.00745, eq. 3): (a_clean − a_corrupt)·∂M/∂a at the corrupted run, from one forward and one backward pass beside
/// the one that recorded `clean`. In logits.
std::vector<PatchRow> attribution_patching(const Transformer& model, const PatchPair& pair, const SiteValues& clean);

/// How well approximate effects match exact ones, over the places that can have an effect at all.
struct ApproximationError {
  std::int64_t n = 0;
  double correlation = 0;          // Pearson's; NaN if one side does not vary
  double mean_absolute_error = 0;  // of the recovery
  double mean_absolute_exact = 0;  // the error of the answer "no effect anywhere"
  double sign_agreement = 0;       // share of the places with an exact recovery of at least 1 %; NaN if there is none
  std::int64_t sign_n = 0;         // how many these are
};

/// Compares the rows of one component. Recoveries are effects divided by `total` = M(clean) − M(corrupt), not 0. Throws
/// Error if the grids have different rows.
ApproximationError approximation_error(const std::vector<PatchRow>& exact, const std::vector<PatchRow>& approximate,
                                       PatchComponent component, double total);

}  // namespace othello
