// A batch of games as probes see it.
#pragma once

#include <memory>

#include "model/torch.h"
#include "probes/positions.h"

namespace othello {

struct ProbeBatch {
  Positions positions;
  std::int64_t first_game = 0;                    // of the batch, counted from the first game of the pass
  std::vector<Tensor> activations;                // by number of the source: [rows, width] fp32
  std::vector<std::vector<std::uint8_t>> labels;  // by target: [rows, units]
};

using ProbeBatches = std::vector<std::shared_ptr<const ProbeBatch>>;
std::int64_t games_of(const ProbeBatches& batches);
/// As many of the first as are needed for so many games; all, if there are not so many.
ProbeBatches first_games(const ProbeBatches& batches, std::int64_t games);

/// Which rows a probe is for, and how many sets of weights it has.
enum class Mode {
  by_parity,  // all; those of even and of odd plies have weights of their own
  all,        // all, one set of weights
  even,       // those of even plies only
  odd,
};
const std::vector<std::string>& mode_names();
std::string word_of(Mode mode);
/// Throws Error naming the nearest.
Mode parse_mode(const std::string& name);
/// The parities that each set of weights is for: {{0}, {1}}, {{0, 1}}, {{0}} or {{1}}.
std::vector<std::vector<int>> weight_sets(Mode mode);

}  // namespace othello
