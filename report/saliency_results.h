// results/saliency.json as the report reads it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/board.h"
#include "report/document.h"

namespace othello {

/// A figure with what random directions of the same norm and an untrained model give; nothing where it is undefined.
struct ControlledFigure {
  std::optional<Estimate> flipped, random, untrained;
};

/// Discs that the rules make alike for a move.
struct DiscClass {
  std::string name;  // turned, anchor, other
  int discs = 0;
  ControlledFigure lost;  // probability
};

struct SaliencyExample {
  int plies = 0;
  std::string move;
  Square square = 0;  // of the move
  double probability = 0;
  Bits black = 0, white = 0;
  SquareValues lost{};
};

struct SaliencyResults {
  BoardSize board = kBoard8;
  int positions = 0;
  bool held_out = true;
  int first = 0, last = 0;  // blocks
  double scale = 0;
  std::vector<DiscClass> classes;
  ControlledFigure relevant, in_line, decisive, decisive_within;  // AUROC
  ControlledFigure most_salient;
  std::optional<Estimate> chance;                       // of most_salient
  std::optional<Estimate> over_random, over_untrained;  // of relevant, paired
  std::vector<SaliencyExample> examples;
};

/// Throws Error naming the field.
SaliencyResults read_saliency_study(const Json& document);

}  // namespace othello
