// An intervention case: a position, and what is to be changed on its board.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "data/labels.h"
#include "data/vocabulary.h"
#include "engine/game.h"

namespace othello {

enum class Change : std::uint8_t {
  flip,   // the disc becomes the other side's
  erase,  // the disc goes
};
std::string word_of(Change change);

struct SquareChange {
  Square square = 0;
  Change change = Change::flip;
  friend bool operator==(const SquareChange&, const SquareChange&) = default;
};

/// After `history`, `changes` are made to the board; the side to move stays the same. Or, with a donor, the board
/// becomes that of another game.
struct Case {
  Game history;
  std::vector<SquareChange> changes;  // no square twice
  std::optional<Game> donor;
  std::string source;  // where it comes from, for messages: "line 17"
  Position before, after;
  Bits legal_before = 0, legal_after = 0;
  std::vector<PlyFacts> facts;  // of the history: element t−1 tells of the position after move t

  int ply() const { return history.length; }
  /// Squares that differ between the two boards.
  Bits changed() const { return (before.mover ^ after.mover) | (before.opponent ^ after.opponent); }
};

/// Why no legal game reaches a board, or "" if nothing of the kind is seen: "empty-centre" (the four squares of the
/// start are never empty) or "disconnected" (every disc was placed beside another one, so all hang together with the
/// centre, diagonals included).
std::string certificate(const Position& position);

/// The case of `history` with `changes`. Throws Error saying why it is none: the history is illegal, its game is over
/// or shorter than a move, there is no change, a square is empty or named twice, or no legal move is left.
Case make_case(const Vocabulary& vocabulary, const Game& history, std::vector<SquareChange> changes);

/// A position whose board stays as it is: what ablations are scored on. Throws Error likewise.
Case make_position(const Vocabulary& vocabulary, const Game& history);

/// The case of `history` with the board of `donor`, which must have the same side to move. Throws Error likewise.
Case make_donor_case(const Vocabulary& vocabulary, const Game& history, const Game& donor);

}  // namespace othello
