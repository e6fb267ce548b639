// Intervention cases: a position and a disc whose colour, if it were the other one, would change the legal moves.
#pragma once

#include <optional>
#include <vector>

#include "data/games.h"
#include "data/labels.h"
#include "data/vocabulary.h"

namespace othello {

/// After `history`, the disc on `square` is to be turned; the side to move stays the same.
struct Case {
  Game history;
  Square square = 0;
  Position before, after;
  Bits legal_before = 0, legal_after = 0;

  int ply() const { return history.length; }
  bool mine() const { return (before.mover & bit(square)) != 0; }
};

/// The case of a game position with one disc turned; nothing if that leaves the legal moves as they were or none at
/// all. Throws Error if the square is empty or the game is over.
std::optional<Case> flip_case(const BoardSize& board, const Game& history, Square square);

struct CaseSet {
  std::vector<Case> cases;
  std::int64_t rejected = 0;  // drawn, but the legal moves stayed as they were or none was left
};

/// At most one case per game, from games 0, 1, … of `source`: a ply in [4, 5/6 of the context] and one of its discs,
/// both uniform, until there are `count`. Throws Error if a hundred times as many games do not give them.
CaseSet natural_cases(const GameSource& source, const Vocabulary& vocabulary, std::uint64_t seed, std::int64_t count);

}  // namespace othello
