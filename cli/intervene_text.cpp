#include "cli/intervene_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/options.h"
#include "cli/stages.h"

namespace othello {
namespace {

std::string mean(const Json& row, const char* key, const char* format = "{:.2f}") {
  const auto found = row.find(key);
  if (found == row.end() || found->is_null()) return "–";
  return fmt::format(fmt::runtime(format), (*found)["mean"].get<double>());
}

std::string percent(const Json& row, const char* key) {
  const auto found = row.find(key);
  if (found == row.end() || found->is_null()) return "–";
  return fmt::format("{:.1f}", 100 * (*found)["mean"].get<double>());
}

std::string range(const Json& row) {
  const int first = row["first_layer"], last = row["last_layer"];
  return first == last ? fmt::format("block {}", first) : fmt::format("blocks {}–{}", first, last);
}

/// Columns of numbers: fmt counts the width of "–" as one.
std::string line(const std::string& name, const std::string& error, const std::vector<std::string>& columns) {
  std::string text = fmt::format("  {:<24} {:<22}", shortened(name, 24), error);
  for (const auto& column : columns) text += fmt::format(" {:>7}", column);
  return text + "\n";
}

std::vector<std::string> columns_of(const Json& row) {
  return {mean(row, "f1"),
          mean(row, "kl"),
          mean(row, "logit_difference"),
          percent(row, "overlap_before"),
          percent(row, "rollout_illegal"),
          percent(row, "untouched_squares_read")};
}

/// Bytes of a case file that a terminal would take for orders are shown as ?.
std::string printable(std::string text) {
  for (char& c : text)
    if (c >= 0 && c < ' ') c = '?';
  return text;
}

std::string title_of(const std::string& control) {
  return control == "null"             ? "no edit"
         : control == "untrained-null" ? "untrained, no edit"
         : control == "identity"       ? "board left as it is"
                                       : control;
}

/// Draws that were no cases, by reason: nothing that needs mending.
std::string drawn_again(const Json& d) {
  const auto found = d.find("drawn_again");
  if (found == d.end() || found->empty()) return "";
  std::string reasons;
  for (const auto& [reason, times] : found->items()) {
    reasons += "\n  " + shortened(fmt::format("drawn again: {} ({})", times.get<std::int64_t>(), reason), 98);
  }
  return reasons;
}

std::string case_lines(const Json& d) {
  std::string text = fmt::format("{} cases ({})", d["cases"].get<int>(), d["case_set"].get<std::string>());
  if (d["chosen_on"].get<int>() > 0)
    text += fmt::format("; {} choose, {} report", d["chosen_on"].get<int>(), d["reported_on"].get<int>());
  if (d["reported_on"].get<int>() < 30) text += ": too few for intervals that mean much";
  if (d.contains("rejections") && !d["rejections"].empty())
    text += fmt::format("; {} rejected", d["rejections"].size());
  text += drawn_again(d) + "\n";
  int shown = 0;
  if (const auto rejections = d.find("rejections"); rejections != d.end())
    for (const auto& r : *rejections) {
      if (++shown > 10) break;
      text +=
          "  " +
          shortened(printable(fmt::format("{}: {}", r["source"].get<std::string>(), r["reason"].get<std::string>())),
                    98) +
          "\n";
    }
  if (shown > 10) text += fmt::format("  and {} more (--json)\n", d["rejections"].size() - 10);
  const auto& b = d["balance"];
  if (!b.is_null())
    text += fmt::format("  legal moves: {:.2f} before, {:.2f} after, {:.3f} differ; plies {} to {}\n",
                        b["legal_before"].get<double>(), b["legal_after"].get<double>(), b["difference"].get<double>(),
                        b["by_ply"].front()["ply"].get<int>(), b["by_ply"].back()["ply"].get<int>());
  return text;
}

const Json* chosen(const Json& d) {
  for (const auto& row : d["edits"])
    if (row["chosen"].get<bool>()) return &row;
  return nullptr;
}

/// What an ablation does, and what its control is.
std::string ablation_lines(const Json& d) {
  const auto& first = d["edits"].front();
  const std::string edit = first["edit"];
  const std::string what = edit == "mean"       ? "each becomes its mean over games at that ply"
                           : edit == "zero"     ? "each becomes 0"
                           : edit == "resample" ? "each becomes that of another case"
                           : edit == "erase"    ? "what is linearly readable of the board leaves, by LEACE"
                                                : "what is linearly readable of the square leaves, by INLP";
  const int positions = d["positions"];
  return fmt::format("{}, at {}.\nrandom: as much in a random direction; of many rows, some stand on top by chance\n",
                     what,
                     positions == 0   ? "all positions"
                     : positions == 1 ? "the last position"
                                      : fmt::format("the last {} positions", positions));
}

/// Rows of ablations: those that cost most first.
std::string ablation_table(const Json& d) {
  std::vector<const Json*> rows;
  for (const auto& row : d["edits"]) rows.push_back(&row);
  std::stable_sort(rows.begin(), rows.end(), [](const Json* a, const Json* b) {
    return (*a)["error"]["mean"].get<double>() > (*b)["error"]["mean"].get<double>();
  });
  std::string text =
      fmt::format("  {:<24} {:<22} {:<23} {:>8} {:>8}\n", "taken away", "error", "more than no edit", "KL", "random");
  constexpr std::size_t kRows = 24;
  for (std::size_t i = 0; i < std::min(kRows, rows.size()); ++i) {
    const auto& row = *rows[i];
    const std::string site = row["site"];
    std::string name =
        row.contains("rank")   ? fmt::format("block {}, rank {}", row["first_layer"].get<int>(), row["rank"].get<int>())
        : row.contains("head") ? fmt::format("block {}, head {}", row["first_layer"].get<int>(), row["head"].get<int>())
                               : fmt::format("{} {}", range(row), site);
    if (row.contains("neuron")) name += fmt::format(", {}", row["neuron"].get<int>());
    text += fmt::format("  {:<24} {:<22} {:<23} {:>8} {:>8}\n", shortened(name, 24), number_text(row["error"]),
                        number_text(row["difference"]), mean(row, "kl", "{:.3f}"), mean(row, "random"));
  }
  if (rows.size() > kRows) text += fmt::format("  and {} more (--json)\n", rows.size() - kRows);
  return text + fmt::format("  {:<24} {}\n", "no edit", number_text(d["controls"][0]["error"]));
}

std::string preset_lines(const Json& p, const Json& d) {
  std::string text =
      fmt::format("preset {} ({})\n  the paper's model: error {:.2f}, without an edit {:.2f}; here: {}, {}\n",
                  p["name"].get<std::string>(), p["paper"].get<std::string>(), p["published_error"].get<double>(),
                  p["published_null"].get<double>(), mean(*chosen(d), "error"), mean(d["controls"][0], "error"));
  return text;
}

}  // namespace

std::string intervene_text(const Json& d) {
  std::string text = model_lines(d) + case_lines(d);
  const auto* edit = chosen(d);
  text +=
      fmt::format("error = false positives + false negatives of the top-N moves against the {} board's legal moves\n",
                  edit == nullptr ? "real" : "changed");
  if (edit == nullptr) return text + ablation_lines(d) + ablation_table(d);
  text += line("", "error", {"F1", "KL", "logit Δ", "old, %", "roll, %", "rest, %"});
  text += line(fmt::format("{} edit", (*edit)["edit"].get<std::string>()), number_text((*edit)["error"]),
               columns_of(*edit));
  for (const auto& row : d["controls"]) text += line(title_of(row["name"]), number_text(row["error"]), columns_of(row));
  if (d.contains("null_lower_bound"))
    text += fmt::format("  {:<24} {:.3f}: less is not possible for a model that knows the real board alone\n",
                        "bound of no edit", d["null_lower_bound"].get<double>());
  text += "edit minus control, paired (untrained: the edit's gain here minus its gain there):\n";
  for (const auto& [name, difference] : d["differences"].items()) {
    const bool better = difference["high"].get<double>() < 0;
    text += fmt::format("  {:<24} {}{}\n", title_of(name), number_text(difference), better ? "" : "   not better");
  }
  text += fmt::format("edited: {}, {}, scale {:g}", (*edit)["site"].get<std::string>(), range(*edit),
                      (*edit)["scale"].get<double>());
  if (edit->contains("probe_layer") && !(*edit)["probe_layer"].is_null())
    text += fmt::format(", along the probe behind block {}", (*edit)["probe_layer"].get<int>());
  if (d.contains("dimension")) text += fmt::format(", dimension {}", d["dimension"].get<int>());
  text += "\n";
  if (d.contains("scales") && d["scales"].size() > 1 && (*edit)["scale"] == d["scales"].back())
    text += "the largest scale that was tried is the best: try larger ones (--scales)\n";
  text += "logit Δ: newly legal less newly illegal moves; old: top-N moves that are legal on the real board\n";
  if (d.contains("rollout_real_board") && !d["rollout_real_board"].is_null())
    text += fmt::format("roll: moves played on that the changed board forbids (real board, no edit: {:.1f} %)\n",
                        100 * d["rollout_real_board"]["mean"].get<double>());
  if (edit->contains("read_after_block"))
    text += fmt::format("rest: untouched squares that the probe behind block {} reads right\n",
                        (*edit)["read_after_block"].get<int>());
  if (const auto cases = d.find("by_case"); cases != d.end()) {
    constexpr std::size_t kCases = 20;
    for (std::size_t i = 0; i < std::min(kCases, cases->size()); ++i)
      text += "  " +
              shortened(fmt::format("{}: error {:g}, without an edit {:g}",
                                    printable((*cases)[i]["source"].get<std::string>()),
                                    (*cases)[i]["error"].get<double>(), (*cases)[i]["null"].get<double>()),
                        98) +
              "\n";
    if (cases->size() > kCases) text += fmt::format("  and {} more cases (--json)\n", cases->size() - kCases);
  }
  if (d.contains("preset")) text += preset_lines(d["preset"], d);
  return text;
}

}  // namespace othello
