#include "probes/probe_batch.h"

#include <algorithm>

#include "common/config.h"

namespace othello {

std::int64_t games_of(const ProbeBatches& batches) {
  std::int64_t games = 0;
  for (const auto& batch : batches) games += batch->positions.batch.games;
  return games;
}

ProbeBatches first_games(const ProbeBatches& batches, std::int64_t games) {
  ProbeBatches first;
  for (std::int64_t found = 0; found < games && first.size() < batches.size(); first.push_back(batches[first.size()]))
    found += batches[first.size()]->positions.batch.games;
  return first;
}

const std::vector<std::string>& mode_names() {
  static const std::vector<std::string> kNames{"by-parity", "all", "even", "odd"};
  return kNames;
}

std::string word_of(Mode mode) { return mode_names()[static_cast<std::size_t>(mode)]; }

Mode parse_mode(const std::string& name) {
  const auto found = std::find(mode_names().begin(), mode_names().end(), name);
  if (found == mode_names().end())
    fail("'{}' is no mode of a probe; did you mean '{}'?", name, nearest(name, mode_names()));
  return static_cast<Mode>(found - mode_names().begin());
}

std::vector<std::vector<int>> weight_sets(Mode mode) {
  switch (mode) {
    case Mode::by_parity: return {{0}, {1}};
    case Mode::all: return {{0, 1}};
    case Mode::even: return {{0}};
    case Mode::odd: return {{1}};
  }
  fail("unknown mode");
}

}  // namespace othello
