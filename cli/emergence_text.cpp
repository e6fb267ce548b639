#include "cli/emergence_text.h"

#include <algorithm>

#include "cli/options.h"
#include "cli/stages.h"

namespace othello {
namespace {

/// "97.2 [97.0, 97.4]" of a share, "-" of null.
std::string percent(const Json& e) {
  if (e.is_null()) return "-";
  return fmt::format("{:.1f} [{:.1f}, {:.1f}]", 100 * e["mean"].get<double>(), 100 * e["low"].get<double>(),
                     100 * e["high"].get<double>());
}
std::string short_percent(const Json& e) {
  return e.is_null() ? "-" : fmt::format("{:.1f}", 100 * e["mean"].get<double>());
}
std::string number(const Json& e) {
  if (e.is_null()) return "-";
  return fmt::format("{:.2f} [{:.2f}, {:.2f}]", e["mean"].get<double>(), e["low"].get<double>(),
                     e["high"].get<double>());
}

/// "812", "12.3k", "4.5M": games, to three digits.
std::string games_text(double games) {
  if (games < 1000) return fmt::format("{:.0f}", games);
  if (games < 999500) return fmt::format("{:.3g}k", games / 1e3);
  return fmt::format("{:.3g}M", games / 1e6);
}
std::string games_estimate(const Json& e) {
  return fmt::format("{} [{}, {}]", games_text(e["mean"]), games_text(e["low"]), games_text(e["high"]));
}

std::string name_of(const Json& row) {
  const std::string name = row["name"];
  return row["flips"].is_null() ? name : fmt::format("{} {} flips", name, row["flips"].get<std::string>());
}

std::string curves(const Json& d) {
  const auto& rows = d["checkpoints"];
  std::string text = fmt::format("right, %, at {} by games of training (top-1: legal moves)\n  {:>7} {:>6} {:>6}",
                                 d["site"].get<std::string>(), "games", "loss", "top-1");
  std::vector<std::size_t> widths;
  for (const auto& concept_ : rows[0]["concepts"]) {
    const std::string name =
        concept_["flips"].is_null() ? concept_["name"] : Json(concept_["flips"].get<std::string>() + " fl");
    widths.push_back(std::max<std::size_t>(8, name.size() + 1));
    text += fmt::format("{:>{}}", name, widths.back());
  }
  const auto add = [&](const std::string& begin, const Json& cells, const char* field) {
    text += fmt::format("\n  {:>21}", begin);
    for (std::size_t k = 0; k < widths.size(); ++k)
      text += fmt::format("{:>{}}", short_percent(cells[k][field]), widths[k]);
  };
  for (const auto& row : rows)
    add(fmt::format("{:>7} {:>6.3f} {:>6}", games_text(row["games"]), row["cross_entropy"]["mean"].get<double>(),
                    short_percent(row["legal_top1"])),
        row["concepts"], "accuracy");
  add("majority", d["concepts"], "majority");
  add("one-hot moves", d["concepts"], "one_hot");
  return text + "\n";
}

std::string onsets(const Json& d) {
  const auto line = [](const std::string& name, const std::string& range, const std::string& onset,
                       const std::string& width, const std::string& beyond) {
    return fmt::format("  {:<15} {:<15} {:<23} {:<20} {:>10}\n", name, range, onset, width, beyond);
  };
  std::string text = "onset of each concept (midpoint of a logistic in log games)\n" +
                     line("concept", "from, to, %", "onset, games", "width, decades", "> moves");
  for (const auto& row : d["concepts"]) {
    const auto beyond =
        row["beyond_moves_games"].is_null() ? std::string("never") : games_text(row["beyond_moves_games"]);
    if (row.contains("undefined")) {
      text += fmt::format("  {:<15} {}\n", name_of(row),
                          shortened("undefined: " + row["undefined"].get<std::string>(), 82));
      continue;
    }
    text += line(name_of(row),
                 fmt::format("{:.1f}, {:.1f}{}", 100 * row["start"].get<double>(), 100 * row["end"].get<double>(),
                             row["complete"].get<bool>() ? "" : " +"),
                 games_estimate(row["onset_games"]), number(row["width_decades"]), beyond);
  }
  return text + "  (+: still rising at the end; > moves: games from which on it is better than the one-hot moves)\n";
}

std::string stage_lines(const Json& d) {
  std::string text;
  for (const auto& row : d["stages"]) {
    std::string places;
    for (const auto& games : row["boundaries"]) places += (places.empty() ? "" : ", ") + games_text(games);
    text += fmt::format("stage boundaries by {:<11} {} ({})\n", row["by"].get<std::string>(),
                        places.empty() ? "none" : places, row["method"].get<std::string>());
    if (row.contains("decayed"))
      text += fmt::format("  from {} valid estimates, {} of checkpoints whose learning rate had decayed\n",
                          row["points"].get<std::int64_t>(), row["decayed"].get<std::int64_t>());
  }
  return text;
}

std::string independence_lines(const Json& d) {
  if (!d.contains("independence")) return "";
  const auto line = [](const std::string& games, int layer, const auto&... cells) {
    return fmt::format("  {:>7} {:>2}  {:>6} {:>6} {:<22} {:<22} {:>9} {:>7}\n", games, layer, cells...);
  };
  std::string text = "neurons of the MLPs: variance ratio of the number of active ones (1 = independent)\n" +
                     fmt::format("  {:>7} {:>2}  {:>6} {:>6} {:<22} {:<22} {:>9} {:>7}\n", "games", "l.", "active",
                                 "kurt.", "ratio", "within a ply", "board, %", "sorted");
  const auto& all = d["independence"];
  for (const auto& row : all) {
    const bool end = row["checkpoint"] == all.front()["checkpoint"] || row["checkpoint"] == all.back()["checkpoint"];
    if (!end && row["accuracy"].is_null()) continue;  // between the ends only the layer that is probed
    const auto& kurtosis = row["moments"]["kurtosis"];
    text += line(games_text(row["games"]), row["layer"].get<int>(),
                 fmt::format("{:.1f} %", 100 * row["active"].get<double>()),
                 kurtosis.is_null() ? "-" : fmt::format("{:.1f}", kurtosis.get<double>()),
                 number(row["variance_ratio"]), number(row["variance_ratio_within_ply"]),
                 short_percent(row["accuracy"]), short_percent(row["sorted_accuracy"]));
  }
  return text;
}

std::string detector_lines(const Json& d) {
  if (!d.contains("detectors")) return "";
  std::string text = fmt::format(
      "single neurons that detect a state of a square: F1 of the best, beside the best by chance\n"
      "  {:>8} {:>5} {:>6} {:>10} {:>11} {:>10}  {}\n",
      "step", "layer", "F1", "by chance", "95 % point", "beyond, %", "beyond it by chance, %");
  for (const auto& row : d["detectors"])
    text += fmt::format("  {:>8} {:>5} {:>6.3f} {:>10.3f} {:>11.3f} {:>10.1f}  {}\n", row["step"].get<std::int64_t>(),
                        row["layer"].get<int>(), row["best_f1_mean"].get<double>(), row["null_mean"].get<double>(),
                        row["null_q95"].get<double>(), 100 * row["above_null"].get<double>(),
                        percent(row["above_null_by_chance"]));
  text += "symmetry of neurons across fresh initialisations (1 = independent draws):\n ";
  for (const auto& row : d["symmetry"])
    text += fmt::format(" {}: {}", row["layer"].get<int>(), number(row["ratio"])) +
            (row["layer"].get<int>() % 3 == 2 && row != d["symmetry"].back() ? "\n " : "");
  return text + "\n";
}

}  // namespace

std::string emergence_text(const Json& d) {
  const auto& games = d["games"];
  return model_lines(d) +
         fmt::format("{} checkpoints; probes ({}, frame {}),\n  fitted on {} games, chosen on {}, reported on {}\n",
                     d["checkpoints"].size(), d["mode"].get<std::string>(), d["frame"].get<std::string>(),
                     games["fit"].get<int>(), games["choose"].get<int>(), games["report"].get<int>()) +
         curves(d) + onsets(d) + stage_lines(d) + independence_lines(d) + detector_lines(d);
}

}  // namespace othello
