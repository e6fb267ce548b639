// How much of the board a source reads right, concept by concept, on positions of which each is of another game.
#pragma once

#include <optional>
#include <string>

#include "common/statistics.h"
#include "model/torch.h"
#include "probes/positions.h"

namespace othello {

/// The truth about the rows that report.
struct BoardTruth {
  Tensor states;  // int64 [m, squares]: mine, yours, empty
  Tensor flips;   // uint8 [m, squares]: rung of the flip ladder, kNoDisc where there is no disc
};

struct Concept {
  std::string name;          // "board", "occupied", "colour"
  std::optional<int> flips;  // rung, of "board" on the discs turned so often
  Sampled accuracy;          // positions are the clusters
  double share = 0;          // of the squares of the board that it is about
};

/// board (all squares, then the discs of every rung of the flip ladder), occupied (is there a disc), colour (whose, on
/// the squares that have one: "empty" is wrong). `answers`: int64 [m, squares] of each of several sources (seeds),
/// whose mean it is. Undefined (not a number) where no square is on a rung.
std::vector<Concept> concept_accuracy(const BoardTruth& truth, const TensorList& answers);

/// "0" … "4+"
std::string flips_name(int rung);

}  // namespace othello
