// results/probe.json as the verdict and the report read it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/document.h"

namespace othello {

/// One measured read-out of the board: a probe at a layer, or a control.
struct ProbeScore {
  std::string name;                     // "ridge", "logistic" or the control's name
  std::string site;                     // "" for controls that read no layer
  std::optional<int> layer;             // 0 = embedding, l + 1 = after block l
  Estimate accuracy;                    // share of squares read right
  std::optional<Estimate> colour;       // share of occupied squares whose colour is right
  std::optional<SquareValues> squares;  // accuracy per square
};

/// What the best probe gains over one control, paired over games.
struct ProbeDifference {
  std::string control;
  Estimate gain;
};

struct ProbeResults {
  std::optional<BoardSize> board;
  bool held_out = true;  // read on games that the model was not trained on
  std::string frame;
  std::vector<ProbeScore> probes;
  std::vector<ProbeScore> controls;
  std::string best_site, best_kind;
  int best_layer = 0;
  Estimate best;
  std::vector<ProbeDifference> differences;

  /// The control `name`; where there are several (one per layer), the one that the best probe's difference is from, and
  /// without a difference the best. Null if it was not measured.
  const ProbeScore* control(const std::string& name) const;
  const Estimate* difference(const std::string& name) const;
  /// The probe that `best_…` names; null if it is not in the list.
  const ProbeScore* best_probe() const;
};

/// Throws Error naming the field.
ProbeResults read_probe(const Json& document);

/// "embedding", "block 0", …: where the residual stream is read.
std::string layer_name(int layer);

}  // namespace othello
