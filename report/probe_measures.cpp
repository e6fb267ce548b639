#include "report/probe_measures.h"

namespace othello {
namespace {

std::optional<Estimate> estimate_at(const Field& parent, const char* name, double low = -1e15, double high = 1e15) {
  const auto field = parent.find(name);
  return field ? std::optional(field->estimate(low, high)) : std::nullopt;
}

std::optional<Estimate> share_at(const Field& parent, const char* name) { return estimate_at(parent, name, 0, 1); }

/// The items of a list that may be absent.
std::vector<Field> items(const Field& parent, const char* name) {
  const auto field = parent.find(name);
  return field ? field->list() : std::vector<Field>{};
}

std::string text_at(const Field& parent, const char* name) {
  const auto field = parent.find(name);
  return field ? field->text() : "";
}

bool flag_at(const Field& parent, const char* name) {
  const auto field = parent.find(name);
  return field && field->flag();
}

LearningCurve read_curve(const Field& row) {
  LearningCurve curve{.name = row["name"].text(), .site = text_at(row, "site"), .points = {}};
  for (const auto& point : row["points"].list())
    curve.points.emplace_back(point["fit_games"].number(1), share_at(point, "accuracy"));
  return curve;
}

ProbeInformation read_information(const Field& field) {
  ProbeInformation information;
  if (const auto games = field.find("fit_games")) information.fit_games = games->number(0);
  if (const auto positions = field.find("fit_positions")) information.fit_positions = positions->number(0);
  for (const auto& row : items(field, "probes")) {
    const auto width = row.find("width");
    information.inputs.push_back({.name = row["name"].text(),
                                  .kind = row["kind"].text(),
                                  .control = flag_at(row, "control"),
                                  .width = width ? std::optional(width->whole(1, 1'000'000'000)) : std::nullopt,
                                  .accuracy = share_at(row, "accuracy"),
                                  .entropy = estimate_at(row, "cross_entropy"),
                                  .information = estimate_at(row, "v_information")});
  }
  for (const auto& row : items(field, "conditional")) {
    const auto half = row.find("at_half");
    information.conditional.push_back({.site = row["site"].text(),
                                       .control = flag_at(row, "control"),
                                       .information = estimate_at(row, "v_information"),
                                       .left_open = estimate_at(row, "left_given_moves"),
                                       .at_half = half ? estimate_at(*half, "v_information") : std::nullopt,
                                       .half_games = half ? (*half)["fit_games"].number(0) : 0});
  }
  for (const auto& row : items(field, "description_lengths")) {
    const auto uniform = row.find("uniform");
    information.lengths.push_back({.name = row["name"].text(),
                                   .uniform = uniform ? std::optional(uniform->number(0)) : std::nullopt,
                                   .codelength = estimate_at(row, "codelength"),
                                   .compression = estimate_at(row, "compression")});
  }
  return information;
}

std::optional<DirectionCosines> read_cosines(const Field& similarity) {
  const auto contrasts = items(similarity, "contrasts");
  if (contrasts.empty()) return std::nullopt;
  const auto sets = items(contrasts[0], "sets");
  const auto across = sets.empty() ? std::nullopt : sets[0].find("across_sites");
  if (!across || !across->find("null")) return std::nullopt;  // no two sites of one space
  DirectionCosines cosines{.contrast = contrasts[0]["contrast"].text(),
                           .plies = sets[0]["plies"].text(),
                           .sites = {},
                           .mean = {},
                           .by_chance = (*across)["null"]["mean_size"].number(0, 1)};
  for (const auto& site : (*across)["sites"].list()) cosines.sites.push_back(site.text());
  for (const auto& row : (*across)["mean"].list()) {
    cosines.mean.emplace_back();
    for (const auto& cell : row.list())
      cosines.mean.back().push_back(cell.is_null() ? std::nullopt : std::optional(cell.number(-1.001, 1.001)));
    if (cosines.mean.back().size() != cosines.sites.size()) row.fail_expected("as long as 'sites'");
  }
  if (cosines.mean.size() != cosines.sites.size()) (*across)["mean"].fail_expected("as long as 'sites'");
  return cosines;
}

}  // namespace

ProbeMeasures read_measures(const Json& document) {
  const Field root("results/probe.json", document);
  ProbeMeasures measures;
  for (const auto& row : items(root, "learning_curves")) measures.curves.push_back(read_curve(row));
  if (const auto information = root.find("information")) measures.information = read_information(*information);
  for (const auto& row : items(root, "widths"))
    measures.widths.push_back({.trained = row["name"].text() == "trained",
                               .d_model = row["d_model"].whole(1, 1'000'000),
                               .accuracy = share_at(row, "accuracy")});
  for (const auto& row : items(root, "selectivity"))
    measures.selectivity.push_back({.site = row["site"].text(),
                                    .accuracy = share_at(row, "accuracy"),
                                    .control_task = share_at(row, "control_task"),
                                    .selectivity = estimate_at(row, "selectivity", -1, 1),
                                    .shuffled = share_at(row, "shuffled_labels")});
  for (const auto& row : items(root, "transfer"))
    measures.transfer.push_back({.name = row["name"].text(),
                                 .fitted_on = row["fitted_on"].text(),
                                 .read_on = row["read_on"].text(),
                                 .accuracy = share_at(row, "accuracy")});
  if (const auto similarity = root.find("similarity")) measures.cosines = read_cosines(*similarity);
  return measures;
}

}  // namespace othello
