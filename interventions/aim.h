// What an edit is to change: squares and their states, position by position, in the frames that probes read.
#pragma once

#include "interventions/case_batch.h"

namespace othello {

/// One square at one position: it has state `from` and shall have state `to` (SquareState).
struct StateChange {
  std::int64_t row, pos;  // of the batch
  int parity;             // of the ply
  Square square;
  int from, to;
};

enum class Aim {
  changes,       // those of the case; of a donor's, every square that differs
  wrong_square,  // a control: the same change of another square, of the same state if there is one
  nothing,       // a control: the squares of the case stay as they are
};

/// Of a batch. The squares' final states are those of the changed board (also at earlier positions, where a square that
/// is still empty, or already as it shall be, is left alone). Frames are those of the mover. `seed` draws wrong
/// squares, the same ones for a case whatever its batch.
std::vector<StateChange> state_changes(const CaseBatch& batch, Aim aim, std::uint64_t seed);

}  // namespace othello
