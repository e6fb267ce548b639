// Does an edited board persist? The model plays on after the edit, and the rules watch.
#pragma once

#include "common/statistics.h"
#include "interventions/edit.h"

namespace othello {

/// After an edit (null = none) at the last position, the model plays `moves` moves, always its most probable one; later
/// positions are not edited, but see what the edited ones left. The rules are those of the game that goes on from
/// `board`, with the side to move and passes as they fall. An illegal move counts as one, and the most probable legal
/// one is played instead; a case ends with its game or with the model's context.
struct RolloutSettings {
  int moves = 10;
  enum class Board { before, after } board = Board::after;  // the case's own, or the changed one
};

/// By case: illegal moves among those played. `cases` of the batches are `count` in number.
std::vector<Cluster> roll_out(const Transformer& model, const std::vector<CaseBatch>& batches, std::size_t count,
                              const Edit* edit, const Placement& placement, const RolloutSettings& settings,
                              int workers);

}  // namespace othello
