// The checkpoints of a run in the order of training: what every curve over training is measured on.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/run_folder.h"

namespace othello {

struct SeriesCheckpoint {
  std::string name;  // of its folder: "step_00012000"
  std::filesystem::path folder;
  std::int64_t step = 0;
  std::int64_t games = 0;  // of this run, up to here
  double rate = 0;         // learning rate of the step that led here, as a share of the run's highest; 0 at step 0
  bool warm = false;       // the rate has been at its highest: a low one before that is the warm-up's

  /// The weights have come to rest: the rate had fallen to a tenth of the highest. Of others a local learning
  /// coefficient is not that of a minimum.
  bool decayed() const { return warm && rate <= 0.1; }
};

/// The checkpoints of a run. Throws Error if it has fewer than `least` (how to keep more: train.keep_log_spaced), or
/// if some that its configuration keeps, up to its last one, are not there.
std::vector<SeriesCheckpoint> checkpoint_series(const RunFolder& run, std::size_t least);

/// At most `count` (≥ 2) of them with the first and the last, as evenly spaced in log steps as they can be.
std::vector<SeriesCheckpoint> log_spaced(const std::vector<SeriesCheckpoint>& series, std::size_t count);

}  // namespace othello
