// results/intervene.json as the verdict and the report read it.
#pragma once

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
  std::optional<int> chosen_on;
  std::optional<int> reported_on;
  std::vector<EditScore> ranges;    // one per layer range, measured on the cases used for choosing
  std::optional<EditScore> chosen;  // the chosen one, measured on the other cases
  std::vector<EditScore> controls;
  std::vector<std::pair<std::string, Estimate>> differences;  // edit minus control, paired over cases
  std::vector<EditExample> examples;
  BoardSize board = kBoard8;

  const EditScore* control(const std::string& name) const;
  const Estimate* difference(const std::string& name) const;
};

/// Throws Error naming the field.
InterveneResults read_intervene(const Json& document);

}  // namespace othello
