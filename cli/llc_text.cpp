#include "cli/llc_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/options.h"
#include "cli/stages.h"
#include "common/progress.h"

namespace othello {
namespace {

/// "123.4 [120.1, 126.7]", however large.
std::string coefficient_text(const Json& e) {
  if (e.is_null()) return "none";
  const double mean = e["mean"], low = e["low"], high = e["high"];
  const int digits = std::abs(mean) < 10 ? 3 : std::abs(mean) < 1000 ? 1 : 0;
  return fmt::format("{:.{}f} [{:.{}f}, {:.{}f}]", mean, digits, low, digits, high, digits);
}

std::string decayed_text(const Json& decayed) { return decayed.is_null() ? "?" : decayed.get<bool>() ? "yes" : "no"; }

/// In the place of a figure that means nothing; `break_before` what does not fit in `columns`.
std::string invalid_text(const Json& row, std::size_t columns, const std::string& break_before) {
  const std::string reason = row["reason"];
  const auto length = std::count_if(reason.begin(), reason.end(), [](char c) { return (c & 0xC0) != 0x80; });
  const bool fits = static_cast<std::size_t>(length) + 11 <= columns;
  return "NOT VALID:" + (fits ? " " : break_before) + shortened(reason, 92);
}

std::string settings_line(const Json& s) {
  return fmt::format("nβ {:g}, γ {:g}, ε {:g}, {}; {} chains of {} draws after {}; {} games, {} a draw\n",
                     s["n_beta"].get<double>(), s["gamma"].get<double>(), s["step_size"].get<double>(),
                     s["sampler"].get<std::string>(), s["chains"].get<int>(), s["draws"].get<int>(),
                     s["burn_in"].get<int>(), s["games"].get<std::int64_t>(), s["batch_games"].get<int>());
}

std::string estimate_lines(const Json& rows) {
  std::string text, checkpoint;
  for (const Json& row : rows) {
    const std::string name = row["checkpoint"];
    if (name != checkpoint) {
      text += fmt::format("{}, {} games, learning rate decayed: {}\n  {:<17} {:<12} {:>10}  {:<25} {:>6} {}\n", name,
                          row["games"].is_null() ? "?" : grouped(row["games"].get<std::int64_t>()),
                          decayed_text(row["decayed"]), "component", "positions", "weights", "coefficient", "drift",
                          "accept (loss)");
      checkpoint = name;
    }
    text +=
        fmt::format("  {:<17} {:<12} {:>10}  ", row["component"].get<std::string>(),
                    shortened(row["subset"].get<std::string>(), 12), grouped(row["parameters"].get<std::int64_t>()));
    if (row["valid"].get<bool>())
      text += fmt::format("{:<25} {:>5.1f}% {:>13.2f}\n", coefficient_text(row["llc"]),
                          100 * row["drift"].get<double>(), row["acceptance"].get<double>());
    else text += invalid_text(row, 54, "\n    ") + "\n";
  }
  return text;
}

std::string sweep_lines(const Json& rows) {
  std::string text = fmt::format("sweep\n  {:>8} {:>8} {:>8} {:>7}  {:<25} {}\n", "nβ", "γ", "ε", "burn-in",
                                 "coefficient", "accept (loss)");
  for (const Json& row : rows) {
    text += fmt::format("  {:>8.4g} {:>8.4g} {:>8.1e} {:>7}  ", row["n_beta"].get<double>(), row["gamma"].get<double>(),
                        row["step_size"].get<double>(), row["burn_in"].get<int>());
    if (row["valid"].get<bool>())
      text += fmt::format("{:<25} {:>13.2f}\n", coefficient_text(row["llc"]), row["acceptance"].get<double>());
    else text += invalid_text(row, 61, "\n    ") + "\n";
  }
  return text;
}

std::string case_lines(const Json& rows) {
  std::string text = fmt::format("known coefficients\n  {:<31} {:>9} {:>11}  {:<10} {}\n", "case", "λ", "to be found",
                                 "which is", "found");
  for (const Json& row : rows) {
    const Json found{{"mean", row["estimate"]}, {"low", row["low"]}, {"high", row["high"]}};
    text += fmt::format("  {:<31} {:>9.3f} {:>11.4f}  {:<10} {}\n", row["name"].get<std::string>(),
                        row["lambda"].get<double>(), row["truth"].get<double>(), row["truth_is"].get<std::string>(),
                        coefficient_text(found));
  }
  return text + "  stationary: of this chain with this step; posterior: at this nβ and γ; lambda: λ itself\n";
}

std::string cost_lines(const Json& cost) {
  return fmt::format("about {} on {} workers: {:.1f} ms a game of a draw on one, {} games\n",
                     format_duration(cost["seconds"].get<double>()), cost["workers"].get<int>(),
                     1000 * cost["seconds_per_game"].get<double>(),
                     grouped(static_cast<std::int64_t>(cost["games"].get<double>())));
}

}  // namespace

std::string llc_text(const Json& d) {
  std::string text;
  if (d.contains("model")) {
    text += model_lines(d) + settings_line(d["settings"]);
    text += "  λ̂ = nβ·(E[L] − L(w*)); 95 % t-intervals over chains; compare only at equal nβ and γ\n";
  }
  if (d.contains("cost")) text += cost_lines(d["cost"]);
  if (d.contains("estimates")) text += estimate_lines(d["estimates"]);
  if (d.contains("sweep") && !d["sweep"].is_null()) text += sweep_lines(d["sweep"]);
  if (d.contains("cases")) text += case_lines(d["cases"]);
  return text;
}

}  // namespace othello
