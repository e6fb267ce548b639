// The intervention benchmark: does an edit of the board that a probe reads change the moves that the model predicts?
#pragma once

#include <functional>

#include "interventions/case_set.h"
#include "interventions/edit_family.h"
#include "model/checkpoint.h"

namespace othello {

struct InterveneSettings {
  MethodSettings method;
  SiteKind site = SiteKind::resid_post;
  std::optional<std::pair<int, int>> layers;  // first and last block; nothing: every range is tried
  int positions = 1;                          // the last ones of a case that are edited; 0 = all
  std::int64_t hidden = 0;                    // gradient: through probes with a hidden layer of this width; 0 = linear
  bool controls = true;                       // those over all ranges and scales, and the untrained model
  std::int64_t fit_games = 2000;              // for probes of the untrained model and those with a hidden layer
  int rollout = 10;                           // moves played after the edit; 0 = none
  std::uint64_t seed = 1;
  int workers = 0;                                 // 0 = one per core
  std::shared_ptr<const Player> player = nullptr;  // of the games that probes are fitted to; null = uniform
};

/// Whether an edit needs the file of probes.
bool needs_probes(const InterveneSettings& settings);

using InterveneProgress = std::function<void(double share, const std::string& what)>;

/// The fields of `intervene`, without the envelope. A third of the cases, drawn by the seed, chooses the range of
/// layers, the scale and the block whose probe is used; the others report, with these controls: null (no edit),
/// random-direction (as far, anywhere), wrong-square, wrong-layer (the probe of another block), untrained (that model
/// with probes of its own, whose "difference" is that of the two models' changes) and identity (the board stays as it
/// is). If layers, scale and probe are given, nothing is chosen and all cases report. Throws Error if fewer than 30
/// cases are to choose.
Json intervention_benchmark(const LoadedModel& loaded, const ProbeSet& probes, const CaseSet& cases,
                            const InterveneSettings& settings, const InterveneProgress& progress);

}  // namespace othello
