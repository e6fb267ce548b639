// What a study of the tangent kernel is asked to do, and the positions that it is done on.
#pragma once

#include <optional>

#include "model/checkpoint.h"
#include "theory/concept_accuracy.h"
#include "theory/kernel_reading.h"
#include "theory/tangent.h"

namespace othello {

struct NtkSettings {
  std::int64_t fit = 2048;                      // positions, each of a game of its own
  std::int64_t report = 1024;                   // of other games
  std::string output = "contrast";              // see parse_tangent_output
  int init_seeds = 3;                           // initialisations; the first is the model's own if it is known
  std::int64_t project = 0;                     // dimensions of projected tangents; 0 = the exact kernel
  std::int64_t memory = std::int64_t{8} << 30;  // bytes
  std::int64_t exact_block = 512;               // rows of exact kernels beside projected ones; 0 = none
  std::int64_t checkpoint_positions = 1024;     // that fit, at each checkpoint
  bool gcv = false;                             // ridges by generalised cross-validation, not leave-one-out
  Frame frame = Frame::mover;
  std::shared_ptr<const Player> player = nullptr;  // null = uniform
  std::uint64_t seed = 1;
  std::optional<std::uint64_t> contrast_seed = std::nullopt;  // of the contrast; unset = that of all else
  int workers = 0;                                            // 0 = one per core
};

/// Fewer positions to fit are refused: 60 plies have an intercept each.
inline constexpr std::int64_t kFewestPositions = 64;
/// Fewer rows of an exact block say too little of a projection's error.
inline constexpr std::int64_t kLeastExactBlock = 64;
/// With fewer, what a kernel reads says little of kernels.
inline constexpr std::int64_t kWellFittedPositions = 512;

/// The output whose gradient is taken. Throws Error if settings.output is none.
TangentOutput tangent_output(const NtkSettings& settings, const Vocabulary& vocabulary);

using NtkProgress = std::function<void(double share, const std::string& what)>;

/// The positions of a study with their truth. Every source is fitted on the same ones and reported on the same others.
struct StudyPositions {
  PositionSample fit, report;
  RowPlies plies;
  LabelRows board;   // mine, yours, empty of every square of the board
  LabelRows legal;   // whether the next move may go there, for every square that is played
  BoardTruth truth;  // of the positions that report
  Tensor fit_flips;  // uint8 [n, squares]
};

/// Throws Error if there are too few positions or games.
StudyPositions study_positions(const LoadedModel& loaded, const NtkSettings& settings);

/// The first of them: `fit` that fit and `report` that report.
StudyPositions first_positions(const StudyPositions& positions, std::int64_t fit, std::int64_t report);

/// The seed that the model's training began with; none if the file does not say it or it began with other weights.
std::optional<std::uint64_t> own_seed(const LoadedModel& loaded);
/// Seeds of `settings.init_seeds` initialisations: the model's own, if the file says it and the run began with it, and
/// numbers from 1 on.
std::vector<std::uint64_t> initial_seeds(const LoadedModel& loaded, const NtkSettings& settings);

}  // namespace othello
