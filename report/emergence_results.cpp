#include "report/emergence_results.h"

#include <algorithm>

#include "report/format.h"

namespace othello {
namespace {

CheckpointFigures read_checkpoint(const Field& entry) {
  CheckpointFigures figures{.checkpoint = entry["checkpoint"].text(),
                            .games = entry["games"].number(0),
                            .cross_entropy = entry.measure("cross_entropy", 0, 1e6),
                            .excess = entry.measure("excess", -1e6, 1e6),
                            .legal_top1 = entry.measure("legal_top1", 0, 1),
                            .concepts = {}};
  for (const auto& row : entry.items("concepts"))
    if (const auto accuracy = row.measure("accuracy", 0, 1))
      figures.concepts.push_back({row["name"].text(), row.text_of("flips"), *accuracy});
  return figures;
}

ConceptOnset read_onset(const Field& entry) {
  ConceptOnset onset{.name = entry["name"].text(),
                     .flips = entry.text_of("flips"),
                     .games = entry.measure("onset_games", 0),
                     .width = entry.measure("width_decades", 0, 1e6),
                     .error = {},
                     .beyond_moves = {},
                     .undefined = entry.text_of("undefined")};
  if (const auto complete = entry.find("complete")) onset.complete = complete->flag();
  if (const auto error = entry.find("fit_error")) onset.error = error->number();
  if (const auto since = entry.find("beyond_moves_games")) onset.beyond_moves = since->number(0);
  if (!onset.undefined.empty()) onset.games.reset();
  return onset;
}

std::vector<SeriesPoint> read_series(const Field& list) {
  std::vector<SeriesPoint> points;
  for (const auto& entry : list.list()) {
    SeriesPoint point{.games = entry["games"].number(0), .value = {}, .valid = true, .at_rest = false};
    if (const auto value = entry.measure("value")) {
      point.value = *value;
    } else {
      const auto mean = entry.measure("mean");
      if (!mean) continue;
      point.value = *mean;
      if (const auto low = entry.find("low")) point.value.low = low->number();
      if (const auto high = entry.find("high")) point.value.high = high->number();
    }
    if (const auto valid = entry.find("valid")) point.valid = valid->flag();
    if (const auto decayed = entry.find("decayed")) point.at_rest = decayed->flag();
    points.push_back(point);
  }
  return points;
}

IndependenceFigures read_independence(const Field& entry) {
  IndependenceFigures figures{.games = 0,
                              .checkpoint = entry["checkpoint"].text(),
                              .layer = entry["layer"].whole(0, 1000),
                              .variance_ratio = entry.measure("variance_ratio", 0, 1e9),
                              .within_ply = entry.measure("variance_ratio_within_ply", 0, 1e9),
                              .at_most_two = {},
                              .accuracy = entry.measure("accuracy", 0, 1),
                              .sorted_accuracy = entry.measure("sorted_accuracy", 0, 1),
                              .at_most_two_independent = {},
                              .kurtosis = {},
                              .active = {}};
  if (const auto games = entry.find("games")) figures.games = games->number(0);
  if (const auto two = entry.find("at_most_two")) {
    figures.at_most_two = two->measure("observed", 0, 1);
    if (const auto expected = two->find(two->find("independent_within_ply") ? "independent_within_ply" : "independent"))
      figures.at_most_two_independent = expected->number(0, 1);
  }
  if (const auto moments = entry.find("moments"))
    if (const auto kurtosis = moments->find("kurtosis")) figures.kurtosis = kurtosis->number(0);
  if (const auto active = entry.find("active")) figures.active = active->number(0, 1);
  return figures;
}

DetectorFigures read_detector(const Field& entry) {
  const auto number = [&](const char* name) -> std::optional<double> {
    const auto value = entry.measure(name, 0, 1);
    return value ? std::optional(value->mean) : std::nullopt;
  };
  return {.step = entry["step"].number(0),
          .checkpoint = entry["checkpoint"].text(),
          .layer = entry["layer"].whole(0, 1000),
          .best_mean = number("best_f1_mean"),
          .null_mean = number("null_mean"),
          .null_high = number("null_q95"),
          .above_null = number("above_null"),
          .above_by_chance = number("above_null_by_chance")};
}

}  // namespace

std::string ConceptOnset::short_games() const {
  return games ? format_short(games->mean) + (complete ? "" : "+") : "none";
}

const ConceptOnset* EmergenceResults::onset(const std::string& name, const std::string& flips) const {
  const auto found =
      std::find_if(onsets.begin(), onsets.end(), [&](const auto& o) { return o.name == name && o.flips == flips; });
  return found == onsets.end() ? nullptr : &*found;
}

EmergenceResults read_emergence(const Json& document) {
  const Field root("results/emergence.json", document);
  EmergenceResults results;
  results.site = root.text_of("site");
  for (const auto& entry : root.items("checkpoints")) results.checkpoints.push_back(read_checkpoint(entry));
  std::stable_sort(results.checkpoints.begin(), results.checkpoints.end(),
                   [](const auto& a, const auto& b) { return a.games < b.games; });
  for (const auto& entry : root.items("concepts")) results.onsets.push_back(read_onset(entry));
  if (const auto series = root.find("series")) {
    if (const auto llc = series->find("llc")) results.llc = read_series(*llc);
    if (const auto velocity = series->find("velocity")) results.velocity = read_series(*velocity);
  }
  for (const auto& entry : root.items("stages")) {
    if (entry.is_null()) continue;  // too few checkpoints
    std::vector<double> boundaries;
    for (const auto& boundary : entry["boundaries"].list()) boundaries.push_back(boundary.number(0));
    results.stages.emplace_back(entry["by"].text(), std::move(boundaries));
  }
  for (const auto& entry : root.items("independence")) results.independence.push_back(read_independence(entry));
  for (const auto& entry : root.items("detectors")) results.detectors.push_back(read_detector(entry));
  for (const auto& entry : root.items("symmetry"))
    results.symmetry.push_back({.layer = entry["layer"].whole(0, 1000),
                                .seeds = entry["seeds"].whole(1, 1'000'000),
                                .ratio = entry.measure("ratio", 0, 1e9)});
  return results;
}

}  // namespace othello
