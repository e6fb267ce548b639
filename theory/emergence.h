// When in training each concept becomes readable, beside what the network does and what its neurons are like.
#pragma once

#include "model/checkpoint.h"
#include "probes/sweep.h"
#include "theory/checkpoint_series.h"

namespace othello {

struct EmergenceSettings {
  // Of probes. Activations have at most d_mlp columns, and for those it is enough; the one-hot moves have 992 or 3540,
  // and with few games that control reads less than it could.
  std::int64_t games = 6000;  // fewer starve the one-hot control
  std::int64_t evaluation_games = 500;
  std::uint64_t seed = 1;
  int workers = 0;                                 // 0 = one per core
  std::shared_ptr<const Player> player = nullptr;  // of the games; null = uniform
  std::string site = {};                           // "" = the residual site that is read best at the last checkpoint
  Frame frame = Frame::mover;
  bool independence = true;  // also the statistics of neurons
};

/// Fewer games leave no game to some part.
inline constexpr std::int64_t kLeastEmergenceGames = 60;
/// Of checkpoints, for a logistic.
inline constexpr std::size_t kLeastEmergenceCheckpoints = 5;

/// How much of the rest is done, beside the probes.
namespace emergence_sizes {
inline constexpr std::int64_t kNeuronGames = 200;         // whose neurons are counted
inline constexpr std::int64_t kDetectorPositions = 6000;  // at most, of which detectors are looked for
inline constexpr int kPermutations = 40, kSeeds = 32;
inline constexpr std::int64_t kSymmetryGames = 16;
}  // namespace emergence_sizes

/// How many of so many games are for fitting, choosing and reporting.
GameSplit emergence_split(std::int64_t games);

/// Seconds that it will take, from a forward pass of the last checkpoint that is timed, and the costs of the rest (see
/// docs/THEORY.md), with what they are of: {"seconds", "forward_seconds_per_game", "checkpoints", "games",
/// "memory_bytes"}.
Json estimate_emergence(const std::vector<SeriesCheckpoint>& series, const EmergenceSettings& settings);

/// Ridge probes of one site at every checkpoint: the board (mine / yours / empty) as a whole and by flips, occupied
/// squares (a probe of its own), colour where there is a disc (of the board's probe: an answer "empty" is wrong), and
/// legal moves, all fitted, chosen and reported on the same games at every checkpoint; and the onset of each.
/// All checkpoints are read once before the work, so that a damaged one is not found in the midst of it. `progress` is
/// called only after that.
/// {"site", "frame", "games", "checkpoints": […], "concepts": […], "independence": […], "symmetry": […],
///  "detectors": […]} as docs/THEORY.md describes. Throws Error for a site that is not there, or a checkpoint that
///  cannot be
/// read.
Json emergence(const std::vector<SeriesCheckpoint>& series, std::int64_t batch_games, const EmergenceSettings& settings,
               const SweepProgress& progress);

}  // namespace othello
