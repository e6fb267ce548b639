// The probe sweep: every residual site and every control, fitted, chosen and reported on different games.
#pragma once

#include <functional>
#include <memory>

#include "engine/player.h"
#include "probes/probe_file.h"

namespace othello {

struct ProbeSettings {
  std::int64_t games =
      9000;  // 4/6 to fit, 1/6 to choose ridge and site, 1/6 to report; fewer starve the one-hot control
  std::uint64_t seed = 1;
  int workers = 0;                                 // 0 = one per core
  bool logistic = true;                            // also fit a logistic probe at the best site
  std::shared_ptr<const Player> player = nullptr;  // of the games; null = uniform

  std::int64_t choose_games() const { return games / 6; }
  std::int64_t report_games() const { return games / 6; }
  std::int64_t fit_games() const { return games - choose_games() - report_games(); }
};

struct ProbeSweep {
  Json document;    // the fields of `probe`, without the envelope
  ProbeSet probes;  // of the trained model, at the chosen ridge
};

/// Fits linear probes of mine/yours/empty for every square of the board. Throws Error if there are too few games.
ProbeSweep probe_sweep(const LoadedModel& loaded, const ProbeSettings& settings,
                       const std::function<void(double, const std::string&)>& progress);

}  // namespace othello
