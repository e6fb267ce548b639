// Sets of cases: drawn from games, or read from a file that a person wrote.
#pragma once

#include <filesystem>
#include <map>
#include <string_view>

#include "common/config.h"
#include "data/games.h"
#include "interventions/case.h"

namespace othello {

/// A case that is none.
struct Rejection {
  std::string source;  // "line 17"
  std::string reason;
};

struct CaseSet {
  std::string name;  // "natural", …, or the file's name
  std::vector<Case> cases;
  std::vector<Rejection> rejections;                // of a file's lines
  std::map<std::string, std::int64_t> drawn_again;  // of drawn ones: how many were none, by reason

  std::int64_t rejected() const;
  /// {"by_ply": [{"ply", "cases"}], "by_square": [64 counts], "by_difference": [{"squares", "cases"}], how many squares
  ///  are legal before or after but not both, "legal_before": mean, "legal_after": mean, "difference": mean,
  ///  "certificates": {NAME: cases}}
  Json balance() const;
};

/// Whether a set was drawn, and not read from a file.
bool is_drawn(const CaseSet& set);

/// What is drawn.
struct CaseRecipe {
  std::string set = "natural";   // one of case_set_names()
  Change change = Change::flip;  // of natural cases
  int squares = 1;               // changed at once
  std::optional<Square> square;  // only cases that change this one
  int first_ply = 4;             // the first one that cases have
  std::int64_t count = 900;
  std::uint64_t seed = 1;
};

/// natural: a disc is turned or erased, no certificate says that no game reaches the board, and the legal moves change.
/// unnatural: discs are erased so that one does. donor: the board of another game with as many moves and the same side
/// to move. transposition: the same board reached by other moves, so that nothing should change. positions: nothing is
/// changed; for ablations.
const std::vector<std::string>& case_set_names();

/// At most one case per game, from games 0, 1, … of `source`, no two of which are alike up to symmetry: cases are
/// spread evenly over the plies from the first to 5/6 of the context as far as that goes (transpositions: those at
/// which games meet), squares are uniform among the discs. Throws Error if a hundred times as many games do not give
/// them, for then the recipe asks for what hardly exists.
CaseSet draw_cases(const GameSource& source, const Vocabulary& vocabulary, const CaseRecipe& recipe);

/// A case a line, as JSON; empty lines and those that begin with # or // are left out:
///   {"history": "f5d6c3", "flip": ["d5"], "erase": [], "set": "natural", "name": "mine"}
///   {"history": "f5d6c3d3", "donor": "f5f6e6d6"}
/// "flip" and "erase" are a square or a list; "set" ("natural" or "unnatural") is checked; "name" is for messages. Or
/// the published form {"history": [26, 20], "pos_int": 20, "ori_color": 0}, whose squares have the letter as the row.
/// Lines that are no case are rejected with their number and the reason. Throws Error if no case is left.
CaseSet read_cases(const std::filesystem::path& file, const Vocabulary& vocabulary);
/// The same for a file's text.
CaseSet parse_cases(std::string_view text, const std::string& name, const Vocabulary& vocabulary);

}  // namespace othello
