// The intervention benchmark: does an edit of the board that a probe reads change the moves that the model predicts?
#pragma once

#include <functional>
#include <memory>

#include "interventions/cases.h"
#include "probes/probe_file.h"

namespace othello {

struct InterveneSettings {
  std::int64_t cases = 900;  // a third to choose layer range and scale, the rest to report
  std::uint64_t seed = 1;
  int workers = 0;                                 // 0 = one per core
  std::shared_ptr<const Player> player = nullptr;  // of the games that cases come from; null = uniform
};

/// The fields of `intervene`, without the envelope. Edits flip the disc of each case along the probe's direction; the
/// controls are no edit (null) and a random direction of the same norm at the same layers.
Json intervention_benchmark(const LoadedModel& loaded, const ProbeSet& probes, const InterveneSettings& settings,
                            const std::function<void(double)>& progress);

}  // namespace othello
