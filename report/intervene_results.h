// results/intervene.json as the verdict and the report read it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/board.h"
#include "report/document.h"

namespace othello {

/// An edit at a range of blocks, or a control, and its error: moves wrong per case (false positives + negatives).
struct EditScore {
  std::string name;
  int first = 0, last = 0;  // blocks, for edits
  double scale = 0;         // for edits
  Estimate error;
  std::optional<int> probe_layer;          // the block whose probe edits everywhere
  std::map<std::string, Estimate> scores;  // other measures by their name in the document, if there and defined
};

/// Errors of an edit or a control at every range of blocks and scale, on the cases that report.
struct EditMap {
  struct Cell {
    int first = 0, last = 0;
    double scale = 0;
    double error = 0;
  };
  std::string name;
  std::vector<Cell> cells;

  /// Those of one range, by scale.
  std::vector<Cell> at(int first, int last) const;
};

/// The chosen edit and no edit after `first` to `last` moves; nothing where undefined.
struct PlyStretch {
  int first = 0, last = 0;
  std::optional<Estimate> error, null;
};

/// The chosen edit and no edit where the one square that changes had been turned `flips` ("0" … "4+") times, and their
/// paired difference.
struct FlipStretch {
  std::string flips;
  std::optional<Estimate> error, null, difference;
};

/// What the cases are like: means of numbers of moves that are legal before and after the change, or in one only.
struct CaseBalance {
  int first_ply = 0, last_ply = 0;
  double legal_before = 0, legal_after = 0, difference = 0;
};

/// A published procedure, and what its paper reports of its own model.
struct PublishedEdit {
  std::string name, paper, note;
  double error = 0, null = 0;
};

/// One case drawn out: the real board and the model's probabilities, the board with a flipped disc and the
/// probabilities under the edit.
struct EditExample {
  std::string history;
  Square square = 0;
  Color to_move = Color::black;
  struct Side {
    Bits black = 0, white = 0, legal = 0;
    SquareValues probability{};
    double error = 0;  // against the legal moves of the board with the flipped disc, on both sides
  } before, after;
};

struct InterveneResults {
  int cases = 0;
  std::optional<int> rejected;
  std::vector<std::pair<std::string, int>> drawn_again;  // why cases were rejected that were drawn, and how many
  std::string case_set;
  std::string site;  // where in a block; "" in documents that do not say
  bool held_out = true;
  std::optional<CaseBalance> balance;
  std::optional<int> chosen_on;
  std::optional<int> reported_on;
  std::vector<EditScore> ranges;    // one per layer range, measured on the cases used for choosing
  std::optional<EditScore> chosen;  // the chosen one, measured on the other cases
  std::vector<EditScore> controls;
  std::vector<std::pair<std::string, Estimate>> differences;  // edit minus control, paired over cases
  std::optional<double> null_lower_bound;
  std::optional<Estimate> rollout_real_board;  // illegal moves played on without an edit, by the real board
  std::vector<EditMap> maps;
  std::vector<PlyStretch> by_ply;
  std::vector<FlipStretch> by_flips;
  std::optional<PublishedEdit> preset;
  std::vector<EditExample> examples;
  BoardSize board = kBoard8;

  const EditMap* map(const std::string& name) const;
  const EditScore* control(const std::string& name) const;
  const Estimate* difference(const std::string& name) const;
};

/// What the cases of any document of `intervene` are like, if it says so.
std::optional<CaseBalance> read_balance(const Field& root);

/// Parts that older documents lack are left empty. Throws Error naming the field.
InterveneResults read_intervene(const Json& document);

}  // namespace othello
