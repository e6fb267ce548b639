// Linear edits of the residual stream at the last position of each case.
#pragma once

#include "interventions/cases.h"
#include "model/transformer.h"

namespace othello {

/// x ← x + scale·‖x‖·direction at the residual stream after blocks first_layer … last_layer, at the last position of
/// each row (Nanda et al. 2023, arXiv 2309.00941, with the scale in units of the residual stream's norm).
struct LinearEdit {
  int first_layer = 0;
  int last_layer = 0;
  double scale = 0;
};

/// Where each row of a batch of cases ends, and what is added there.
struct EditTargets {
  Tensor positions;                // [batch] int64: index of the last token
  std::vector<Tensor> directions;  // [layers][batch, d_model]: a unit vector after each block
};

/// Puts the edit into a trace.
void add_edit(Trace& trace, const LinearEdit& edit, const EditTargets& targets);

}  // namespace othello
