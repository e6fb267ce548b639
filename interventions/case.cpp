#include "interventions/case.h"

#include "common/error.h"
#include "engine/notation.h"

namespace othello {
namespace {

/// The squares themselves and their neighbours in all eight directions.
Bits grown(Bits set) {
  constexpr Bits not_a = 0xFEFEFEFEFEFEFEFE, not_h = 0x7F7F7F7F7F7F7F7F;
  const Bits row = set | ((set & not_h) << 1) | ((set & not_a) >> 1);
  return row | (row << 8) | (row >> 8);
}

std::vector<PlyFacts> facts_of(const Vocabulary& vocabulary, const Game& history, const char* what) {
  if (history.length == 0) fail("the {} has no move", what);
  if (history.length > vocabulary.context())
    fail("the {} has {} moves, and a model of this board sees at most {}", what, history.length, vocabulary.context());
  auto facts = replay(vocabulary.board(), history.moves());
  if (facts.back().over()) fail("the game of the {} is over", what);
  return facts;
}

Case begin(const Vocabulary& vocabulary, const Game& history) {
  Case made;
  made.history = history;
  made.facts = facts_of(vocabulary, history, "history");
  made.before = made.after = made.facts.back().after;
  made.legal_before = made.facts.back().legal;
  return made;
}

}  // namespace

std::string word_of(Change change) { return change == Change::flip ? "flip" : "erase"; }

std::string certificate(const Position& position) {
  const Bits discs = position.occupied();
  if ((discs & kCentre) != kCentre) return "empty-centre";
  Bits reached = kCentre;
  for (Bits next = grown(reached) & discs; next != reached; next = grown(reached) & discs) reached = next;
  return reached == discs ? "" : "disconnected";
}

Case make_case(const Vocabulary& vocabulary, const Game& history, std::vector<SquareChange> changes) {
  Case made = begin(vocabulary, history);
  if (changes.empty()) fail("it changes no square: give \"flip\", \"erase\" or \"donor\"");
  Bits seen = 0;
  for (const auto& [square, change] : changes) {
    const Bits disc = bit(square);
    if ((seen & disc) != 0) fail("{} is changed twice", square_name(square));
    seen |= disc;
    if ((made.before.occupied() & disc) == 0)
      fail("there is no disc on {} to {}", square_name(square), word_of(change));
    const bool mine = (made.before.mover & disc) != 0;
    made.after.mover &= ~disc, made.after.opponent &= ~disc;
    if (change == Change::flip) (mine ? made.after.opponent : made.after.mover) |= disc;
  }
  made.changes = std::move(changes);
  made.legal_after = legal_moves(made.after, vocabulary.board());
  if (made.legal_after == 0) fail("the change leaves no legal move");
  return made;
}

Case make_position(const Vocabulary& vocabulary, const Game& history) {
  Case made = begin(vocabulary, history);
  made.legal_after = made.legal_before;
  return made;
}

Case make_donor_case(const Vocabulary& vocabulary, const Game& history, const Game& donor) {
  Case made = begin(vocabulary, history);
  const auto facts = facts_of(vocabulary, donor, "donor");
  made.after = facts.back().after;
  if (made.after.to_move != made.before.to_move) fail("in the donor it is the other side's move");
  made.legal_after = facts.back().legal;
  made.donor = donor;
  return made;
}

}  // namespace othello
