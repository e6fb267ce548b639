// results/patch.json as the report reads it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/game.h"
#include "report/document.h"

namespace othello {

/// Recoveries of one component of a block, by position; nothing where they are undefined.
struct PatchedComponent {
  std::string component;  // resid_pre, attn_out, mlp_out, head
  int layer = 0;
  std::optional<int> head;
  std::vector<std::optional<double>> recovery;  // [pos]
};

struct PatchedGame {
  Game moves;
  std::vector<std::string> legal_here_only;
  double metric = 0;  // logit difference
};

/// Attribution patching against exact patching, of one component; undefined measures are nothing.
struct GradientError {
  std::string component;
  int places = 0, sign_places = 0;
  std::optional<double> correlation, sign_agreement;
  double error = 0, recovery = 0;  // mean absolute, of recoveries
};

struct AttributedPart {
  std::string name;  // "block 3, head 2"
  double logit = 0, difference = 0;
};

struct SaliencyMap {
  std::string move;
  double probability = 0;
  int first = 0, last = 0;  // blocks
  double scale = 0;
  SquareValues raw{}, random{};
};

struct PatchResults {
  BoardSize board = kBoard8;
  PatchedGame clean, corrupt;
  int positions = 0, first_difference = 0;
  std::vector<PatchedComponent> grid;
  std::vector<GradientError> errors;
  std::string move;  // whose logit is attributed
  double logit = 0, logit_sum = 0;
  std::vector<AttributedPart> parts;
  std::optional<SaliencyMap> saliency;
};

/// Throws Error naming the field.
PatchResults read_patch(const Json& document);

}  // namespace othello
