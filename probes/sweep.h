// The probe sweep: sites and controls, fitted, chosen and reported on different games, as one result document.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "engine/player.h"
#include "probes/information.h"
#include "probes/probe_file.h"
#include "probes/ridge_sweep.h"

namespace othello {

struct ProbeSettings {
  std::int64_t games = 9000;  // fewer starve the one-hot control
  std::uint64_t seed = 1;
  int workers = 0;                                 // 0 = one per core
  std::shared_ptr<const Player> player = nullptr;  // of the games; null = uniform

  std::vector<std::string> targets{"mine-yours-empty"};  // the first is the one that sites are ranked by
  Frame frame = Frame::mover;
  std::vector<Mode> modes{Mode::by_parity};  // likewise
  std::vector<std::string> sites{"resid"};   // names, or groups: site_groups()
  PlyWindow plies;
  bool bias = true;

  int untrained = 3;     // models of the same architecture with fresh weights
  bool controls = true;  // all others: control task, shuffled labels, a board of wrong rules, sorted activations, …
  bool details = true;   // low-rank probes, learning curves, similarity of directions
  InformationSettings information;
  std::vector<std::int64_t> widths;  // d_model of untrained models to compare with; empty = none
  std::shared_ptr<const Player> transfer =
      nullptr;                         // whose games to read with the same probes, and the other way round
  std::int64_t transfer_games = 6000;  // of each of the two, at most

  /// A sixth of the games, at most 1000, chooses; a sixth reports; the rest fits.
  GameSplit split() const;
};

struct ProbeSweep {
  Json document;    // the fields of `probe`, without the envelope
  ProbeSet probes;  // of the trained model, at the chosen ridge
};

/// Goes on from what `unfinished` has, and keeps there what is done. Throws Error for sites, targets or numbers of
/// games that are not there.
ProbeSweep probe_sweep(const LoadedModel& loaded, const ProbeSettings& settings, Unfinished& unfinished,
                       const SweepProgress& progress);

}  // namespace othello
