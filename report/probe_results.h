// results/probe.json as the verdict and the report read it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/document.h"

namespace othello {

/// Discs that were turned `flips` ("0" … "4+") times.
struct FlipRung {
  std::string flips;
  std::optional<Estimate> accuracy;  // or a difference of two; nothing where it is undefined
  std::optional<double> share;       // of all discs
};

struct PlyFigure {
  int ply = 0;
  double accuracy = 0;
  double standard_error = 0;
};

/// One measured read-out: a probe at a site of the model, or a control. Measures that are undefined (a label that never
/// varies) or were not taken are empty.
struct ProbeFigures {
  std::string name;  // of a control; "" for probes of the model
  std::string kind;  // "ridge", "low-rank", "logistic", "mlp", "prior"
  std::string site;  // "" for controls that read no layer
  std::string target, mode;
  std::optional<int> layer;             // 0 = embedding, l + 1 = in or after block l
  std::optional<double> seed;           // of an untrained model
  std::optional<int> size;              // rank of a low-rank probe, width of a hidden layer
  std::optional<Estimate> accuracy;     // share of labels read right
  std::optional<double> fit_games;      // games it was fitted to; not in older documents
  std::optional<double> chosen_at;      // the same on the games that choose; not in older documents
  std::optional<Estimate> colour;       // share of occupied squares whose colour is right
  std::optional<SquareValues> squares;  // accuracy per square
  std::vector<FlipRung> by_flips;
  std::vector<PlyFigure> by_ply;  // plies where it is defined
  bool converged = true;          // of a fit by steps

  bool is_network() const { return name.empty(); }
  /// What the best of several is told by: other games than those that report, where the document has them.
  double rank() const { return chosen_at.value_or(accuracy ? accuracy->mean : -1); }
};

/// What the best probe gains over one control, paired over games.
struct ProbeDifference {
  std::string control;
  Estimate gain;
  std::vector<FlipRung> by_flips;
};

struct ProbeResults {
  std::optional<BoardSize> board;
  bool held_out = true;  // read on games that the model was not trained on
  std::string frame;
  std::string target, mode;            // what sites were ranked by; "" where a document does not say
  std::vector<ProbeFigures> probes;    // of that target and mode
  std::vector<ProbeFigures> controls;  // likewise
  std::vector<ProbeFigures> others;    // probes and controls of other targets and modes
  std::string best_site, best_kind;
  int best_layer = 0;
  std::optional<Estimate> best;
  std::vector<ProbeDifference> differences;

  /// Whether the target is the board, and not another fact about the game.
  bool reads_board() const;
  /// What is counted: "squares", or the labels of another target.
  std::string labels() const;
  /// What a board's square is read as: "mine, yours or empty".
  std::string states() const;
  /// The ridge control `name`; where there are several (one per layer and seed), the one that the best probe's
  /// difference is from, and without a difference the best. Null if it was not measured.
  const ProbeFigures* control(const std::string& name) const;
  const ProbeDifference* compared(const std::string& name) const;
  const Estimate* difference(const std::string& name) const;
  /// The probe that `best_…` names; null if it is not in the list.
  const ProbeFigures* best_probe() const;
};

/// Throws Error naming the field.
ProbeResults read_probe(const Json& document);

/// Of the rows called `name` ("" = the model's own) with a ridge probe, one per layer: those of the residual stream, if
/// there are any; of several seeds or places the best.
std::vector<const ProbeFigures*> layer_line(const std::vector<ProbeFigures>& scores, const std::string& name);

/// "embedding", "block 0", …: where the residual stream is read.
std::string layer_name(int layer);
/// Of a site of the residual stream "the embedding" or "after block 2"; other sites' own names.
std::string place_name(const std::string& site);
/// What a read-out reads, in words: "network, after block 2", "untrained, the embedding", "the moves (one-hot)", …
/// from what documents call inputs: a site, "untrained SITE", "one-hot", "one-hot + SITE".
std::string input_name(const std::string& name);

}  // namespace othello
