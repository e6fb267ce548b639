// Fitted linear probes of a model, and the directions that they found.
#pragma once

#include "probes/inputs.h"
#include "probes/probe_site.h"

namespace othello {

/// Weights of a linear probe for positions of even and of odd plies, [width, units·classes] fp32 with the intercept in
/// the last row (0 for a probe without one): the same tensor twice for a probe of all positions, undefined where a
/// probe is for one parity alone.
struct Readout {
  Tensor weights[2];
};

struct FittedProbe {
  ProbeSite site;
  std::string target, frame, mode, kind;  // "mine-yours-empty", "mover", "by-parity", "ridge"
  std::vector<std::string> classes;
  Readout readout;

  /// The number of `name` among the classes; −1 if it is none of them.
  int class_index(const std::string& name) const;
  /// "the ridge probe (by-parity) of mine-yours-empty at blocks.3.hook_resid_post", for messages.
  std::string describe() const;
};

/// The linear probes of a model.
struct ProbeSet {
  std::vector<FittedProbe> probes;
  std::map<ProbeSite, Tensor> mean, deviation;  // [width] of the activations that were fitted, all plies together

  /// Null if there is none.
  const FittedProbe* find(const ProbeSite& site, const std::string& target, const std::string& mode,
                          const std::string& kind) const;
};

/// The ridge probe of mine-yours-empty in the frame of the mover, with weights for even and odd plies; null if there is
/// none at that site.
const FittedProbe* find_mover_probe(const ProbeSet& probes, const Site& site);

/// The class with the highest score for every unit, of a probe with weights for both parities: x [games, pos, width],
/// whose column c is the position after move c + 1 → [games, pos, units] int64.
Tensor read_classes(const FittedProbe& probe, const Tensor& x);

/// The board's squares among all 64, in increasing order: [squares] int64.
Tensor square_indices(const BoardSize& board);

/// The direction along which the scores of classes grow by `contrast` [classes], for positions of one parity: of every
/// square [64, width], 0 off the board and as long as the weights are. Throws Error if the probe has no weights of
/// that parity or no label for each square.
Tensor contrasts(const FittedProbe& probe, const std::vector<float>& contrast, int parity, const BoardSize& board);

/// Unit vectors from class `from` to class `to` for positions of one parity: [64, width], 0 off the board.
Tensor directions(const FittedProbe& probe, int from, int to, int parity, const BoardSize& board);

}  // namespace othello
