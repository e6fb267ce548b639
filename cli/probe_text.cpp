#include "cli/probe_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/options.h"
#include "cli/stages.h"

namespace othello {
namespace {

/// "97.21 [97.05, 97.36]", "undefined" for null.
std::string percent(const Json& e) {
  if (e.is_null()) return "undefined";
  return fmt::format("{:.2f} [{:.2f}, {:.2f}]", 100 * e["mean"].get<double>(), 100 * e["low"].get<double>(),
                     100 * e["high"].get<double>());
}

std::string number(const Json& e) { return e.is_null() ? "undefined" : number_text(e); }

std::string short_number(const Json& e) { return e.is_null() ? "–" : fmt::format("{:.3f}", e["mean"].get<double>()); }

std::string short_percent(const Json& e) {
  return e.is_null() ? "–" : fmt::format("{:.1f}", 100 * e["mean"].get<double>());
}

std::string line(const std::string& name, const std::string& kind, const std::string& a, const std::string& b) {
  return fmt::format("  {:<44} {:<5} {:<21} {}\n", name, kind, a, b);
}

/// How a row is called: its site, or the control and where it reads.
std::string name_of(const Json& row) {
  const std::string site = row.value("site", "");
  if (!row.contains("name")) return site;
  std::string name = row["name"];
  if (row.contains("seed")) name += fmt::format(" (seed {})", row["seed"].get<std::uint64_t>());
  return site.empty() || name == site ? name : fmt::format("{}, {}", name, site);
}

bool is_main(const Json& d, const Json& row) {
  return row["target"] == d["best"]["target"] && row["mode"] == d["best"]["mode"];
}

/// Sites and seeds are chosen on other games than those that report.
double chosen_at(const Json& row) {
  const auto found = row.find("chosen_at");
  return found == row.end() || found->is_null() ? -1 : found->get<double>();
}

/// Controls by their target: they have lines of their own.
bool is_control_target(const Json& row) {
  const std::string name = row.value("name", "");
  return name == "control-task" || name == "shuffled-labels" || name == "wrong-rule";
}

/// Of the controls that are read at many sites or from several models, the best one on the games that choose stands for
/// all.
std::vector<const Json*> best_controls(const Json& d) {
  std::vector<const Json*> best;
  for (const auto& row : d["controls"]) {
    if (!is_main(d, row) || row["kind"] != "ridge") continue;
    const auto same =
        std::find_if(best.begin(), best.end(), [&](const Json* b) { return (*b)["name"] == row["name"]; });
    if (same == best.end()) best.push_back(&row);
    else if (chosen_at(row) > chosen_at(**same)) *same = &row;
  }
  return best;
}

/// A board that the network has no use for: the site that reads it best, beside what the moves give of it.
std::string wrong_rule_line(const Json& d) {
  const Json *best = nullptr, *moves = nullptr;
  for (const auto& row : d["controls"]) {
    if (row.value("name", "") != "wrong-rule") continue;
    if (!row.contains("site")) moves = &row;
    else if (best == nullptr || chosen_at(row) > chosen_at(*best)) best = &row;
  }
  if (best == nullptr || moves == nullptr) return "";
  return line(name_of(*best), "ridge", percent((*best)["accuracy"]),
              fmt::format("beside one-hot {}", short_percent((*moves)["accuracy"])));
}

std::string main_table(const Json& d) {
  std::string text = line("input", "probe", "right, %", "colour of discs right, %");
  const auto add = [&](const Json& row) {
    text += line(name_of(row), row["kind"], percent(row["accuracy"]), percent(row.value("colour_on_occupied", Json())));
  };
  for (const auto& row : d["probes"])
    if (is_main(d, row) && row["kind"] == "ridge") add(row);
  text += "controls, each at its best site and seed (permuted: at the last site alone):\n";
  for (const auto* row : best_controls(d)) add(*row);
  return text + wrong_rule_line(d);
}

std::string best_lines(const Json& d) {
  const auto& best = d["best"];
  std::string text = fmt::format("best site {}: paired difference, points\n", best["site"].get<std::string>());
  for (const auto& [name, difference] : best["differences"].items())
    text += fmt::format("  minus {:<14} {}\n", name, percent(difference));
  return text;
}

std::string ladder(const Json& d) {
  std::string text = "discs read right, %, by how often the disc was turned:\n  " + fmt::format("{:<45}", "");
  bool any = false;
  const auto add = [&](const Json& row) {
    if (!row.contains("by_flips")) return;
    if (!any)
      for (const auto& rung : row["by_flips"]) text += fmt::format("{:>8}", rung["flips"].get<std::string>());
    any = true;
    text += fmt::format("\n  {:<45}", name_of(row));
    for (const auto& rung : row["by_flips"]) text += fmt::format("{:>8}", short_percent(rung["accuracy"]));
  };
  for (const auto& row : d["probes"])
    if (is_main(d, row) && row["kind"] == "ridge" && row["site"] == d["best"]["site"]) add(row);
  for (const auto* row : best_controls(d))
    if (const std::string name = (*row)["name"]; name == "one-hot" || name == "untrained" || name == "majority")
      add(*row);
  return any ? text + "\n" : "";
}

/// Of every other target and mode: the site that reads it best, and the controls.
std::string other_targets(const Json& d) {
  std::vector<const Json*> rows;
  for (const char* list : {"probes", "controls"})
    for (const auto& row : d[list]) {
      if (is_main(d, row) || is_control_target(row) || row["kind"] != "ridge") continue;
      const auto same = std::find_if(rows.begin(), rows.end(), [&](const Json* r) {
        return (*r)["target"] == row["target"] && (*r)["mode"] == row["mode"] &&
               r->value("name", "") == row.value("name", "");
      });
      if (same == rows.end()) rows.push_back(&row);
      else if (chosen_at(row) > chosen_at(**same)) *same = &row;
    }
  if (rows.empty()) return "";
  std::stable_sort(rows.begin(), rows.end(), [](const Json* a, const Json* b) {
    return std::pair((*a)["target"].get<std::string>(), (*a)["mode"].get<std::string>()) <
           std::pair((*b)["target"].get<std::string>(), (*b)["mode"].get<std::string>());
  });
  const auto row_text = [](const std::string& target, const std::string& mode, const std::string& input,
                           const std::string& right, const std::string& f1) {
    return fmt::format("  {:<18} {:<10} {:<36} {:<21} {:>8}\n", target, mode, input, right, f1);
  };
  std::string text = "other targets and modes, each input at its best site:\n" +
                     row_text("target", "mode", "input", "right, %", "macro F1");
  for (const auto* row : rows)
    text += row_text((*row)["target"], (*row)["mode"], row->value("name", row->value("site", "")),
                     percent((*row)["accuracy"]), short_percent((*row)["macro_f1"]));
  return text;
}

std::string information_lines(const Json& d) {
  if (!d.contains("information")) return "";
  const auto& info = d["information"];
  std::string text = fmt::format("information, bits per label: logistic probes fitted on {} positions of {} games\n",
                                 info["fit_positions"].get<std::int64_t>(), info["fit_games"].get<std::int64_t>());
  text += fmt::format("  {:<48} {:<23} {}\n", "input", "V-information", "right, %");
  for (const auto& row : info["probes"]) {
    const std::string kind = row["kind"];
    const std::string name =
        row["name"].get<std::string>() +
        (kind == "mlp" ? fmt::format(" (hidden {})", row["width"].get<std::int64_t>()) : std::string());
    text += fmt::format("  {:<48} {:<23} {}\n", name, number(row["v_information"]), percent(row["accuracy"]));
  }
  for (const auto& row : info["conditional"]) {
    text += fmt::format("  beyond the moves, {:<36} {:<23} of {} left open\n", row["site"].get<std::string>(),
                        number(row["v_information"]), short_number(row["left_given_moves"]));
    if (row.contains("at_half"))
      text += fmt::format("    fitted on {:<40} {:<23} of {} left open\n",
                          fmt::format("{} games only", row["at_half"]["fit_games"].get<std::int64_t>()),
                          number(row["at_half"]["v_information"]), short_number(row["at_half"]["left_given_moves"]));
  }
  if (info["fit_games"].get<std::int64_t>() < kWellFittedGames && !info["conditional"].empty())
    text +=
        fmt::format("    too much: with fewer than some {} games to fit the moves are read worse than they could be\n",
                    kWellFittedGames);
  for (const auto& row : info["description_lengths"])
    if (row.contains("codelength"))
      text += fmt::format("  description length, {:<34} {:<23} compression {}\n", row["name"].get<std::string>(),
                          number(row["codelength"]), short_number(row["compression"]));
  return text;
}

std::string selectivity_lines(const Json& d) {
  if (!d.contains("selectivity")) return "";
  for (const auto& row : d["selectivity"])
    if (row["site"] == d["best"]["site"])
      return fmt::format("at the best site, %: control task {}, so selectivity {}\n  shuffled labels {}\n",
                         percent(row["control_task"]), percent(row["selectivity"]), percent(row["shuffled_labels"]));
  return "";
}

std::string rank_line(const Json& d) {
  std::string text;
  for (const auto& row : d["probes"])
    if (row["kind"] == "low-rank")
      text += fmt::format("  {}: {}", row["rank"].get<int>(), short_percent(row["accuracy"]));
  return text.empty() ? text : "right by rank of the probe, %:" + text + "\n";
}

std::string curve_lines(const Json& d) {
  if (!d.contains("learning_curves")) return "";
  std::string text = "right by games fitted on, %:\n";
  for (const auto& curve : d["learning_curves"]) {
    text += fmt::format("  {:<12}", curve["name"].get<std::string>());
    for (const auto& point : curve["points"])
      text += fmt::format("  {}: {}", point["fit_games"].get<std::int64_t>(), short_percent(point["accuracy"]));
    text += "\n";
  }
  return text;
}

std::string width_lines(const Json& d) {
  if (!d.contains("widths")) return "";
  std::string text = fmt::format("random features: the best residual site of untrained models, {} games to fit\n",
                                 d["widths"][0]["fit_games"].get<std::int64_t>());
  for (const auto& row : d["widths"])
    text += fmt::format("  {:<34} {:<33} {}\n",
                        fmt::format("{}, d_model {}", row["name"].get<std::string>(), row["d_model"].get<int>()),
                        row["site"].get<std::string>(), percent(row["accuracy"]));
  return text;
}

std::string transfer_lines(const Json& d) {
  if (!d.contains("transfer")) return "";
  const auto& rows = d["transfer"];  // fitted on A and read on A, B; fitted on B and read on A, B: inputs of each
  std::string text =
      fmt::format("transfer between the games of two players: right, %\n  A: {}\n  B: {}\n",
                  rows.front()["fitted_on"].get<std::string>(), rows.back()["fitted_on"].get<std::string>());
  const auto inputs = rows.size() / 4;
  for (std::size_t i = 0; i < rows.size(); ++i)
    text += fmt::format("  {:<30} fitted on {}, read on {} {:>25}\n", rows[i]["name"].get<std::string>(),
                        i / inputs < 2 ? "A" : "B", i / inputs % 2 == 0 ? "A" : "B", percent(rows[i]["accuracy"]));
  return text;
}

std::string signed_text(double x) { return fmt::format("{:+.3f}", x); }

/// "+0.912 (squares in another order: at most +0.051)"
std::string rsa_text(const Json& rsa) {
  if (rsa["correlation"].is_null()) return "undefined";
  return fmt::format("{} (squares in another order: at most {})", signed_text(rsa["correlation"]),
                     signed_text(rsa["null"]["largest"]));
}

/// "+0.912 (by chance 0 ± 0.088)"
std::string cosine_text(const Json& cosine) {
  return fmt::format("{} (by chance 0 ± {:.3f})", cosine["mean"].is_null() ? "undefined" : signed_text(cosine["mean"]),
                     cosine["null"]["deviation"].get<double>());
}

/// Of the first contrast at the best site: how its directions relate to those nearby, to each other and to the moves.
std::string similarity_lines(const Json& d) {
  if (!d.contains("similarity")) return "";
  const auto& contrast = d["similarity"]["contrasts"][0];
  const auto& of = contrast["sets"][0];
  const auto site = d["similarity"]["site"];
  std::string text =
      fmt::format("directions of {} ({} plies) at {}, mean cosine\n", contrast["contrast"].get<std::string>(),
                  of["plies"].get<std::string>(), site.get<std::string>());
  const auto add = [&](const std::string& with, const Json& cosine) {
    text += fmt::format("  with {:<34} {}\n", with, cosine_text(cosine));
  };
  const auto& across = of["across_sites"];
  const auto& sites = across["sites"];
  for (std::size_t i = 0; i < sites.size(); ++i)
    for (std::size_t j = 0; sites[i] == site && j < sites.size(); ++j)
      if (i == j + 1 || j == i + 1)
        add("those at " + sites[j].get<std::string>(), {{"mean", across["mean"][i][j]}, {"null", across["null"]}});
  const auto add_site = [&](const std::string& with, const Json& rows) {
    for (const auto& row : rows)
      if (row["site"] == site) add(with, row);
  };
  add_site("those of other squares", of["across_squares"]);
  add_site("the unembedding of the same square", of["to_unembedding"]);
  add_site("those of plies of the other parity", contrast["across_plies"]);
  return text;
}

/// How far the directions are those of other probes: where both sets have the best site, there.
std::string comparison_lines(const Json& d) {
  if (!d.contains("compared")) return "";
  std::string text = "directions at the best site beside those of other probes (rsa: are the same squares alike?)\n";
  for (const auto& other : d["compared"]) {
    const auto& of = other["contrasts"][0]["sets"][0]["sites"];
    const auto row = std::find_if(of.begin(), of.end(), [&](const Json& r) { return r["site"] == d["best"]["site"]; });
    text += "  " + other["file"].get<std::string>() + "\n";
    if (row == of.end()) text += "    has no probe there\n";
    else text += fmt::format("    cosine {}, rsa {}\n", cosine_text((*row)["cosine"]), rsa_text((*row)["rsa"]));
  }
  return text;
}

}  // namespace

std::string probe_text(const Json& d) {
  const auto& games = d["games"];
  const auto& best = d["best"];
  std::string text = model_lines(d);
  text += fmt::format("{} ({}), probes {}\nfitted on {} games, chosen on {}, reported on {}, no two alike\n",
                      best["target"].get<std::string>(), "frame " + d["frame"].get<std::string>(),
                      best["mode"].get<std::string>(), games["fit"].get<int>(), games["choose"].get<int>(),
                      games["report"].get<int>());
  if (const int unfinished = games["unfinished"]; unfinished > 0)
    text += fmt::format("{} of these games end before they are over\n", unfinished);
  for (const auto& part :
       {main_table(d), best_lines(d), ladder(d), other_targets(d), information_lines(d), selectivity_lines(d),
        rank_line(d), curve_lines(d), similarity_lines(d), comparison_lines(d), width_lines(d), transfer_lines(d)})
    text += part;
  text += fmt::format("ridge sweep: {:.1f} s, {:.0f} % of it in the models' forward passes\n",
                      d["time"]["ridge_sweep_seconds"].get<double>(), 100 * d["time"]["forward_share"].get<double>());
  return text;
}

}  // namespace othello
