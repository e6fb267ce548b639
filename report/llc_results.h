// results/llc.json as the report reads it: local learning coefficients.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "report/document.h"

namespace othello {

/// One estimate: of a checkpoint, with the weights of a component free, against the loss on a subset of the data.
struct LlcEstimate {
  std::string checkpoint, component, subset;  // "all", or "blocks.2.mlp", "flips:2"
  double games = 0;
  bool at_end = false;          // of the state that the document is of, with which the training ended
  std::optional<bool> decayed;  // the checkpoint's learning rate was; nothing where it is not known
  std::optional<Estimate> llc;  // over chains
  bool valid = true;
  std::string reason;  // if not valid
  std::optional<double> parameters;
  std::vector<std::vector<std::pair<double, double>>> traces;  // draw and loss, by chain

  bool is_whole() const { return component == "all" && subset == "all"; }
};

/// One case of the calibration: an estimate beside the exact value.
struct LlcCase {
  std::string name;
  double truth = 0;              // what the sampler should find with its settings
  std::optional<double> lambda;  // the learning coefficient itself
  std::optional<Estimate> estimate;
};

/// An estimate under other settings.
struct LlcSweepPoint {
  std::optional<double> step_size, gamma, n_beta;
  std::optional<Estimate> llc;
  bool valid = true;
  std::string reason;
};

struct LlcResults {
  std::string settings;  // in words
  std::vector<LlcEstimate> estimates;
  std::vector<LlcSweepPoint> sweep;
  std::vector<LlcCase> cases;

  /// That of the last checkpoint (by games) which has it; null if there is none.
  const LlcEstimate* last(const std::string& component, const std::string& subset) const;
};

/// Parts that a document lacks are left empty. Throws Error naming the field.
LlcResults read_llc(const Json& document);

}  // namespace othello
