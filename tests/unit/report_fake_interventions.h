// Hand-made results of interventions with all that later versions add, of ablations and of a searched subspace.
#pragma once

#include "tests/unit/report_fake_run.h"

namespace othello::fake {

/// Measures beside the error, of 400 cases; some are defined for fewer.
inline Json scores(double f1) {
  const auto share = [](double mean, int n) { return estimate(mean, 0.01, n); };
  return {{"f1", share(f1, 400)},
          {"legal_top1", share(0.9, 400)},
          {"mass_gained", share(0.3 * f1, 271)},
          {"mass_lost", share(0.2 - 0.2 * f1 + 0.01, 230)},
          {"kl", estimate(1.5 - f1, 0.02, 400)},
          {"logit_difference", estimate(10 * f1 - 7, 0.5, 122)},
          {"overlap", share(0.8, 400)},
          {"overlap_before", share(0.85, 400)},
          {"rollout_illegal", share(0.06, 400)},
          {"read_after_block", 5},
          {"changed_squares_read", share(f1, 400)},
          {"untouched_squares_read", share(0.77, 400)}};
}

/// `intervene` with curves, plies, scores, more controls, the cases and a preset.
inline Json full_intervene(const Story& story) {
  Json document = intervene(story);
  for (auto& edit : document["edits"]) edit["edit"] = "linear";
  const double null = document["controls"][0]["error"]["mean"];
  Json& chosen = document["edits"].back();
  chosen.update(scores(0.9));
  chosen["probe_layer"] = nullptr;
  for (const auto& [name, error] : {std::pair{"wrong-square", null + 0.5},
                                    {"wrong-layer", null - 0.3},
                                    {"untrained", 10.12},
                                    {"untrained-null", 10.07},
                                    {"identity", null}}) {
    document["controls"].push_back({{"name", name}, {"error", estimate(error, 0.14, 400)}});
    document["differences"][name] = estimate(-1, 0.1, 400);
  }
  document["differences"].erase("untrained-null");
  double f1 = 0.8;
  for (auto& control : document["controls"]) control.update(scores(f1 -= 0.02));
  document["controls"][3]["probe_layer"] = 0;
  document["controls"][0]["logit_difference"] = nullptr;  // undefined
  document["case_set"] = "natural";
  document["drawn_again"] = {{"the legal moves stay as they were", 12}};
  document["balance"] = {{"by_ply", {{{"ply", 4}, {"cases", 300}}, {{"ply", 27}, {"cases", 300}}}},
                         {"legal_before", 6.29},
                         {"legal_after", 6.52},
                         {"difference", 1.67}};
  document["null_lower_bound"] = 0.4967;
  document["rollout_real_board"] = estimate(0.007, 0.002, 400);
  for (const char* name : {"edit", "random-direction", "wrong-square", "wrong-layer", "untrained"}) {
    Json cells;
    for (const auto& [first, last] : {std::pair{2, 4}, {1, 3}})
      for (const double scale : {0.1, 0.2, 0.4})
        cells.push_back({{"first_layer", first},
                         {"last_layer", last},
                         {"scale", scale},
                         {"error", name == std::string("edit") ? null - scale : null + scale},
                         {"error_choosing", null}});
    document["maps"].push_back({{"name", name}, {"cells", cells}});
  }
  for (const int first : {4, 12, 20})
    document["by_ply"].push_back({{"first", first},
                                  {"last", first + 7},
                                  {"error", estimate(0.5, 0.1, 130)},
                                  {"null", estimate(3.07 - 0.08 * first, 0.2, 130)}});
  document["preset"] = {{"name", "li2023"},
                        {"paper", "Li et al. 2023"},
                        {"published_error", 0.12},
                        {"published_null", 2.68},
                        {"note", "The length is the paper's."}};
  return document;
}

/// Heads replaced by their means: those of block 0 cost most.
inline Json ablation(const Story& story, const std::string& name) {
  Json document = envelope(story, "intervene");
  document.update({{"cases", 900}, {"rejected", 0}, {"chosen_on", 0}, {"reported_on", 900}});
  document["controls"] = {{{"name", "null"}, {"error", estimate(0.08, 0.02, 900)}, {"kl", estimate(0.04, 0.01, 900)}}};
  for (int block = 0; block < story.layers; ++block)
    for (int head = 0; head < 2; ++head) {
      Json row{{"edit", name}, {"site", "z"}, {"first_layer", block}, {"last_layer", block}, {"scale", 1}};
      if (name.ends_with("erase")) row["rank"] = 68, row["last_layer"] = story.layers - 1;
      else row["head"] = head;
      const double more = 3.64 / (1 + 2 * block + head);
      row.update({{"error", estimate(0.08 + more, 0.05, 900)},
                  {"difference", estimate(more, 0.05, 900)},
                  {"random", estimate(0.08 + more / 3, 0.05, 900)},
                  {"kl", estimate(0.04 + more / 2, 0.05, 900)},
                  {"part", "report"},
                  {"chosen", false}});
      document["edits"].push_back(row);
    }
  return document;
}

inline Json subspace(const Story& story) {
  Json document = envelope(story, "intervene");
  document.update({{"cases", 900}, {"chosen_on", 300}, {"reported_on", 600}, {"square", "c2"}, {"dimension", 2}});
  const auto edit = [](int block, double error, bool chosen) {
    return Json{{"edit", "subspace"},
                {"first_layer", block},
                {"last_layer", block},
                {"scale", 1},
                {"error", estimate(error, 0.05, 600)},
                {"interchange_accuracy", estimate(0.7123, 0.03, 600)},
                {"chosen", chosen}};
  };
  document["edits"] = {edit(0, 1.2, false), edit(1, 0.6, false), edit(1, 0.61, true)};
  for (const auto& [name, error] :
       {std::pair{"null", 1.63}, {"random-subspace", 1.59}, {"whole-stream", 8.8}, {"untrained", 10.1}}) {
    document["controls"].push_back(
        {{"name", name}, {"error", estimate(error, 0.05, 600)}, {"interchange_accuracy", estimate(0.2, 0.03, 600)}});
    document["differences"][name] = estimate(0.61 - error, 0.05, 600);
  }
  return document;
}

}  // namespace othello::fake
