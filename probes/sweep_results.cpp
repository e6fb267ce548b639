#include "probes/sweep_results.h"

#include <algorithm>

#include "common/threads.h"

namespace othello {
namespace {

const std::vector<const char*> kDetails{"classes",  "by_ply",         "by_parity", "per_square",
                                        "by_flips", "by_square_class"};  // of a score, for its main rows only

}  // namespace

int blocks_passed(const ProbeSite& site) {
  switch (site.site.kind) {
    case SiteKind::embed:
    case SiteKind::pos_embed:
    case SiteKind::resid_pre: return site.site.layer;
    default: return site.site.layer + 1;
  }
}

Json row_of(const SweepRole& role, const Target& target, Mode mode) {
  Json row;
  if (!role.control.empty()) row["name"] = role.control;
  if (role.site) row["site"] = site_name(*role.site), row["layer"] = blocks_passed(*role.site);
  if (role.seed) row["seed"] = *role.seed;
  row["target"] = target.name;
  row["frame"] = target.frame;
  row["mode"] = word_of(mode);
  return row;
}

std::optional<std::size_t> SweepResults::best(const std::string& control, bool with_curve) const {
  std::optional<std::size_t> best;
  const auto& probes = sweep_.probes();
  for (std::size_t i = 0; i < probes.size(); ++i)
    if (role(i).control == control && leads(probes[i]) && counts(probes[i]) &&
        (!with_curve || sweep_.inputs()[probes[i].input].curve) &&
        (!best || probes[i].chosen_at > probes[*best].chosen_at))
      best = i;
  return best;
}

Json SweepResults::row(const SweepProbe& probe) const {
  Json out = row_of(roles_[probe.input], stream_.targets()[probe.target], probe.mode);
  out["kind"] = probe.rank > 0 ? "low-rank" : "ridge";
  if (probe.rank > 0) out["rank"] = probe.rank;
  out["ridge"] = probe.ridge;
  if (probe.rank == 0) out["chosen_at"] = probe.chosen_at;
  out["fit_games"] = probe.fit_games;
  out.update(probe.score->to_json());
  if (!leads(probe))
    for (const char* key : kDetails) out.erase(key);
  return out;
}

std::string SweepResults::control_of(const SweepProbe& probe) const {
  const auto& role = roles_[probe.input];
  if (probe.fit_games != fit_games_ || probe.mode != sweep_.modes()[0] || probe.rank > 0) return "";
  if (role.control.empty() && probe.target == wanted_) return "control-task";
  if (role.control.empty() && probe.target == wanted_ + 1) return "shuffled-labels";
  const bool controls = stream_.targets().size() > wanted_;
  const bool wrong = controls && probe.target > 0 && stream_.targets()[probe.target].name == kWrongRule;
  return wrong && (role.control.empty() || role.control == "one-hot") ? "wrong-rule" : "";
}

void SweepResults::add_rows(Json& document, int workers) const {
  const auto& probes = sweep_.probes();
  std::vector<Json> rows(probes.size());
  parallel_for(static_cast<int>(probes.size()), workers, [&](int index, int) {
    const auto i = static_cast<std::size_t>(index);
    if (counts(probes[i]) || !control_of(probes[i]).empty()) rows[i] = row(probes[i]);
  });
  document["probes"] = Json::array(), document["controls"] = Json::array();
  for (std::size_t i = 0; i < probes.size(); ++i)
    if (counts(probes[i])) document[role(i).control.empty() ? "probes" : "controls"].push_back(rows[i]);
  for (std::size_t i = 0; i < probes.size(); ++i) {
    const auto name = control_of(probes[i]);
    if (name.empty()) continue;
    if (!role(i).control.empty()) rows[i]["input"] = role(i).control;
    rows[i]["name"] = name;
    document["controls"].push_back(std::move(rows[i]));
  }
}

Json SweepResults::best_row() const {
  const auto index = best("");
  const auto& probe = sweep_.probes()[*index];
  const Json found = row(probe);
  Json differences, ladder;
  for (const char* name : {"majority", "bag-of-moves", "one-hot", "untrained", "sorted"})
    if (const auto other = best(name)) {
      const Json more = probe.score->minus(*sweep_.probes()[*other].score);
      differences[name] = more["accuracy"];
      if (more.contains("by_flips")) ladder[name] = more["by_flips"];
    }
  return {{"site", found["site"]},
          {"kind", "ridge"},
          {"layer", found["layer"]},
          {"target", found["target"]},
          {"mode", found["mode"]},
          {"accuracy", found["accuracy"]},
          {"colour_on_occupied", found["colour_on_occupied"]},
          {"differences", differences},
          {"differences_by_flips", ladder}};
}

Json SweepResults::selectivity() const {
  const auto& probes = sweep_.probes();
  const auto of = [&](std::size_t input, std::size_t target) -> const SweepProbe& {
    return *std::find_if(probes.begin(), probes.end(), [&](const auto& probe) {
      return probe.input == input && probe.target == target && probe.mode == sweep_.modes()[0] &&
             probe.fit_games == fit_games_ && probe.rank == 0;
    });
  };
  Json rows = Json::array();
  for (std::size_t i = 0; i < roles_.size(); ++i) {
    if (!roles_[i].control.empty()) continue;
    const auto task = of(i, 0).score->sampled_accuracy(), control = of(i, wanted_).score->sampled_accuracy();
    rows.push_back({{"site", site_name(*roles_[i].site)},
                    {"target", stream_.targets()[0].name},
                    {"accuracy", to_json(task)},
                    {"control_task", to_json(control)},
                    {"selectivity", to_json(task - control)},
                    {"shuffled_labels", to_json(of(i, wanted_ + 1).score->sampled_accuracy())}});
  }
  return rows;
}

Json SweepResults::learning_curves() const {
  Json list = Json::array();
  for (const char* control : {"", "one-hot", "untrained"}) {
    const auto index = best(control, true);
    if (!index) continue;
    const auto input = sweep_.probes()[*index].input;
    std::vector<const SweepProbe*> by_games;
    for (const auto& probe : sweep_.probes())
      if (probe.input == input && leads(probe)) by_games.push_back(&probe);
    if (by_games.size() < 2) continue;
    std::sort(by_games.begin(), by_games.end(), [](auto* a, auto* b) { return a->fit_games < b->fit_games; });
    Json row{{"name", *control == 0 ? "network" : control}}, points = Json::array();
    if (roles_[input].site) row["site"] = site_name(*roles_[input].site);
    for (const auto* probe : by_games)
      points.push_back({{"fit_games", probe->fit_games},
                        {"ridge", probe->ridge},
                        {"accuracy", to_json(probe->score->sampled_accuracy())}});
    row["points"] = points;
    list.push_back(row);
  }
  return list;
}

}  // namespace othello
