#include "report/intervene_pictures.h"

#include <algorithm>
#include <cmath>

#include "report/bars.h"
#include "report/chart.h"
#include "report/html.h"
#include "report/matrix.h"

namespace othello {
namespace {

constexpr std::size_t kNames = 7;  // as many as fit under a chart

std::string captioned(const std::string& name, const std::string& detail, const std::string& markup) {
  return element("p", {{"class", "caption"}}, escape(name) + " " + element("span", {}, escape(detail))) + markup;
}

/// How a control is drawn, and what it is called where there is little room.
struct Style {
  const char* name;
  const char* label;
  const char* tone;
};

constexpr Style kStyles[] = {{"null", "no edit", "chance"},
                             {"random-direction", "random direction", "input"},
                             {"wrong-square", "wrong square", "bag"},
                             {"wrong-layer", "another layer", "untrained"},
                             {"untrained-null", "untrained, no edit", "untrained"},
                             {"identity", "left as it is", "chance"}};

std::string short_title(const EditScore& control) {
  for (const auto& style : kStyles)
    if (control.name == style.name) return style.label;
  return control_title(control);
}

std::string tone_of(const std::string& control) {
  for (const auto& style : kStyles)
    if (control == style.name) return style.tone;
  return "chance";
}

bool is_untrained(const EditScore& control) { return control.name.starts_with("untrained"); }

/// The names of x = 0, 1 …; only some of them where there are too many.
void thin_out(std::vector<std::string>& names) {
  const std::size_t step = (names.size() + kNames - 1) / kNames;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (i % step != 0) names[i].clear();
}

std::string interval_below(const Estimate& e, Unit unit) {
  const std::string text = format_estimate(e, unit);
  const auto bracket = text.find(" (");
  return text.substr(0, bracket) + "\n" + text.substr(bracket + 2, text.size() - bracket - 3);
}

}  // namespace

std::string range_name(int first, int last) {
  return first == last ? fmt::format("block {}", first) : fmt::format("blocks {} to {}", first, last);
}

std::string control_title(const EditScore& control) {
  if (control.name == "null") return "no edit";
  if (control.name == "random-direction") return "random direction, as far";
  if (control.name == "wrong-layer")
    return control.probe_layer ? fmt::format("probe of another layer (block {})", *control.probe_layer)
                               : "probe of another layer";
  if (control.name == "untrained") return "untrained model";
  if (control.name == "untrained-null") return "untrained model, no edit";
  if (control.name == "identity") return "board left as it is";
  if (control.name == "whole-stream") return "the whole stream";
  std::string title = control.name;
  std::replace(title.begin(), title.end(), '-', ' ');
  return title;
}

std::string range_matrix(const InterveneResults& results) {
  int low = 1000, high = 0;
  double most = 0;
  for (const auto& edit : results.ranges) {
    low = std::min(low, edit.first);
    high = std::max(high, edit.last);
    most = std::max(most, edit.error.mean);
  }
  if (results.ranges.empty() || high < low) return "";
  if (const auto* null = results.control("null")) most = std::max(most, null->error.mean);
  Matrix matrix{.title = "Intervention error by first and last block edited",
                .row_label = "first block",
                .column_label = "last block edited",
                .row_names = {},
                .column_names = {},
                .cells = {},
                // From 0, so that a small gain looks small.
                .scale = {.low = 0, .high = most, .colour = sequential, .reversed = true},
                .unit = Unit::plain,
                .outlined = {}};
  const auto size = static_cast<std::size_t>(high - low + 1);
  matrix.cells.assign(size, std::vector<std::optional<double>>(size));
  for (int block = low; block <= high; ++block) {
    matrix.row_names.push_back(std::to_string(block));
    matrix.column_names.push_back(std::to_string(block));
  }
  for (const auto& edit : results.ranges)
    matrix.cells[static_cast<std::size_t>(edit.first - low)][static_cast<std::size_t>(edit.last - low)] =
        edit.error.mean;
  if (results.chosen && results.chosen->first >= low && results.chosen->last <= high)
    matrix.outlined = {results.chosen->first - low, results.chosen->last - low};
  const std::string on = results.chosen_on ? fmt::format(", {} cases", *results.chosen_on) : "";
  return captioned("Choosing", "the blocks to edit" + on,
                   draw(matrix) + draw_legend(matrix.scale, Unit::plain, "error per position (darker: better)"));
}

std::string control_bars(const InterveneResults& results) {
  BarChart chart{.title = "Intervention error of the chosen edit and of its controls",
                 .x_label = "error per position: illegal moves taken + legal ones missed",
                 .unit = Unit::plain,
                 .bars = {}};
  if (results.chosen)
    chart.bars.push_back(
        {"edit, " + range_name(results.chosen->first, results.chosen->last), results.chosen->error, "network"});
  for (const auto& control : results.controls)
    if (!is_untrained(control)) chart.bars.push_back({control_title(control), control.error, tone_of(control.name)});
  const std::string cases = results.chosen_on && *results.chosen_on == 0 ? "cases" : "other cases";
  const std::string on = results.reported_on ? fmt::format(", {} {}", *results.reported_on, cases) : "";
  return captioned("Reporting", "the chosen edit" + on, draw(chart));
}

std::string untrained_text(const InterveneResults& results) {
  const auto* edited = results.control("untrained");
  const auto* null = results.control("untrained-null");
  if (edited == nullptr) return "";
  std::string text =
      "An untrained model, edited along its own probes, has an error of " + format_estimate(edited->error, Unit::plain);
  if (null != nullptr) text += ", and of " + format_estimate(null->error, Unit::plain) + " without the edit";
  return text + ".";
}

std::string scale_chart(const InterveneResults& results) {
  const auto* edit = results.map("edit");
  if (edit == nullptr || !results.chosen) return "";
  const auto [first, last] = std::pair{results.chosen->first, results.chosen->last};
  const auto cells = edit->at(first, last);
  if (cells.size() < 2) return "";
  LineChart chart("Intervention error by scale, at the chosen blocks", "scale of the edit (not drawn to scale)",
                  "error per position", Unit::plain);
  chart.from_zero = true;
  for (const auto& cell : cells) chart.x_names.push_back(fmt::format("{:g}", cell.scale));
  const auto add = [&](const EditMap& map, const std::string& label, const std::string& tone) {
    ChartSeries series{.name = label, .points = {}, .tone = tone, .markers = true};
    for (const auto& cell : map.at(first, last))
      for (std::size_t i = 0; i < cells.size(); ++i)
        if (cells[i].scale == cell.scale) series.points.push_back(chart_point(static_cast<double>(i), cell.error));
    if (!series.points.empty()) chart.series.push_back(series);
  };
  add(*edit, "edit", "network");
  for (const auto& style : kStyles)
    if (const auto* map = results.map(style.name)) add(*map, style.label, style.tone);
  if (const auto* null = results.control("null")) chart.references.push_back({"no edit", null->error, "chance"});
  if (const auto bound = results.null_lower_bound)
    chart.references.push_back({"lower bound", {.mean = *bound, .low = *bound, .high = *bound}, "floor"});
  thin_out(chart.x_names);
  return captioned("By scale", "edit of " + range_name(first, last), draw(chart));
}

std::string ply_chart(const InterveneResults& results) {
  LineChart chart("Intervention error by ply", "moves played before the change", "error per position", Unit::plain);
  chart.from_zero = true;
  ChartSeries edit{.name = "edit", .points = {}, .tone = "network", .markers = true};
  ChartSeries null{.name = "no edit", .points = {}, .tone = "chance", .markers = true, .dashed = true};
  for (const auto& stretch : results.by_ply) {
    const auto x = static_cast<double>(chart.x_names.size());
    if (stretch.error) edit.points.push_back(chart_point(x, *stretch.error));
    if (stretch.null) null.points.push_back(chart_point(x, *stretch.null));
    chart.x_names.push_back(stretch.first == stretch.last ? std::to_string(stretch.first)
                                                          : fmt::format("{}–{}", stretch.first, stretch.last));
  }
  if (chart.x_names.size() < 2) return "";
  chart.series = {edit, null};
  thin_out(chart.x_names);
  return captioned("By ply", "about equally many cases each", draw(chart));
}

std::string score_table(const InterveneResults& results) {
  const struct {
    const char* name;
    const char* head;
    Unit unit;
  } columns[] = {{"f1", "F1 of the top moves", Unit::plain},
                 {"kl", "KL to uniform, nats", Unit::plain},
                 {"logit_difference", "Logit difference", Unit::plain},
                 {"mass_gained", "Probability, newly legal", Unit::percent},
                 {"mass_lost", "Probability, newly illegal", Unit::percent},
                 {"overlap_before", "Legal on the real board", Unit::percent},
                 {"rollout_illegal", "Illegal when played on", Unit::percent},
                 {"untouched_squares_read", "Other squares read", Unit::percent}};
  if (!results.chosen || results.chosen->scores.empty()) return "";
  const auto has = [&](const char* name) {
    return results.chosen->scores.contains(name) ||
           std::any_of(results.controls.begin(), results.controls.end(),
                       [&](const auto& control) { return control.scores.contains(name); });
  };
  Cells head{""};
  for (const auto& column : columns) {
    if (!has(column.name)) continue;
    std::string title = column.head;
    const auto found = results.chosen->scores.find(column.name);
    // Not every case has newly legal moves.
    if (found != results.chosen->scores.end() && found->second.n != results.chosen->error.n)
      title += fmt::format(" ({} cases)", format_count(static_cast<double>(found->second.n)));
    head.push_back(title);
  }
  std::vector<Cells> rows;
  const auto add = [&](const std::string& name, const EditScore& score) {
    Cells row{name};
    for (const auto& column : columns) {
      if (!has(column.name)) continue;
      const auto found = score.scores.find(column.name);
      row.push_back(found == score.scores.end() ? "–" : interval_below(found->second, column.unit));
    }
    rows.push_back(row);
  };
  add("edit", *results.chosen);
  for (const auto& control : results.controls) add(short_title(control), control);
  return table(head, rows, "scores");
}

std::string difference_table(const InterveneResults& results) {
  std::vector<Cells> rows;
  for (const auto& control : results.controls)
    if (const auto* difference = results.difference(control.name))
      rows.push_back(
          {control.name == "untrained" ? "untrained model (what the edit changes there)" : control_title(control),
           format_estimate(control.error, Unit::plain), format_estimate(*difference, Unit::plain),
           format_count(static_cast<double>(difference->n))});
  if (rows.empty()) return "";
  return folded("The edit minus each control, case by case, with 95 % intervals",
                table({"Control", "Error", "Edit minus control", "Cases"}, rows, "numbers"));
}

}  // namespace othello
