// Whether the board inside is used: errors after editing it, by layer range and beside controls, and examples.
#include <algorithm>
#include <cmath>

#include "engine/notation.h"
#include "report/bars.h"
#include "report/board_picture.h"
#include "report/html.h"
#include "report/intervene_results.h"
#include "report/sections.h"
#include "report/svg.h"

namespace othello {
namespace {

std::string range_name(const EditScore& edit) {
  return edit.first == edit.last ? fmt::format("block {}", edit.first)
                                 : fmt::format("blocks {} to {}", edit.first, edit.last);
}

std::string control_title(const std::string& name) {
  if (name == "null") return "no edit";
  if (name == "random-direction") return "random direction, same size";
  std::string title = name;
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
  return element("p", {{"class", "caption"}}, "Choosing" + element("span", {}, escape(" the blocks to edit" + on))) +
         draw(matrix) + draw_legend(matrix.scale, Unit::plain, "error per position (darker: better)");
}

std::string control_bars(const InterveneResults& results) {
  BarChart chart{.title = "Intervention error of the chosen edit and of its controls",
                 .x_label = "error per position: illegal moves taken + legal ones missed",
                 .unit = Unit::plain,
                 .bars = {}};
  if (results.chosen) chart.bars.push_back({"edit, " + range_name(*results.chosen), results.chosen->error, "network"});
  for (const auto& control : results.controls)
    chart.bars.push_back({control_title(control.name), control.error, "chance"});
  const std::string on = results.reported_on ? fmt::format(", {} other cases", *results.reported_on) : "";
  return element("p", {{"class", "caption"}}, "Reporting" + element("span", {}, escape(" the chosen edit" + on))) +
         draw(chart);
}

std::string intervention_finding(const InterveneResults& results) {
  if (!results.chosen) return "No edit was reported.";
  std::string text = "Editing " + range_name(*results.chosen) + " leaves an error of " +
                     format_value(results.chosen->error.mean, Unit::plain) + " per position";
  if (const auto* null = results.control("null"))
    text += "; without an edit it is " + format_value(null->error.mean, Unit::plain);
  if (const auto* random = results.control("random-direction"))
    text += ", with a random edit " + format_value(random->error.mean, Unit::plain);
  return text + ".";
}

/// One mark of the boards with its meaning.
std::string key(const std::string& meaning, const Svg& mark) {
  return element("span", {}, mark.str() + escape(meaning)) + "\n";
}

std::string board_key() {
  const auto mark = [](const std::string& title, auto draw_mark) {
    Svg svg(18, 18, title);
    draw_mark(svg);
    return key(title, svg);
  };
  return element("div", {{"class", "key"}}, mark("legal move", [](Svg& s) {
                                              s.circle(9, 9, 7, "legal");
                                            }) + mark("legal, but not among the model's top moves", [](Svg& s) {
                                              s.circle(9, 9, 7, "legal missed");
                                            }) + mark("among the top moves, but not legal", [](Svg& s) {
                                              s.line(4, 4, 14, 14, "wrong");
                                              s.line(14, 4, 4, 14, "wrong");
                                            }) + mark("the disc that is flipped", [](Svg& s) {
                                              s.rect(2, 2, 14, 14, "flipped");
                                            }) + mark("shade and number: the model's probability, %", [](Svg& s) {
                                              s.cell(2, 2, 14, 14, hex(warm(0.6)));
                                            }));
}

/// The squares whose legality the flip changes, with the model's probability before and after.
std::string changes(const EditExample& e) {
  std::vector<Cells> rows;
  for_each_square(e.before.legal ^ e.after.legal, [&](Square s) {
    const auto share = [&](const EditExample::Side& side) {
      const auto& p = side.probability[static_cast<std::size_t>(s)];
      return p ? format_value(*p, Unit::percent) : std::string("–");
    };
    rows.push_back({square_name(s), (e.after.legal & bit(s)) ? "becomes legal" : "no longer legal", share(e.before),
                    share(e.after)});
  });
  return table({"Square", "By the rules", "Before", "After"}, rows);
}

std::string spaced(const std::string& history) {
  std::string text;
  for (std::size_t i = 0; i < history.size(); ++i) {
    if (i > 0 && i % 2 == 0) text += ' ';
    text += history[i];
  }
  return text;
}

std::string example(const EditExample& e, const BoardSize& board, int number) {
  const std::string square = square_name(e.square);
  const char* mover = e.to_move == Color::black ? "Black" : "White";
  const auto side = [&](const EditExample::Side& s, const std::string& name, const std::string& detail) {
    const BoardPicture picture{.title = name + ": " + detail,
                               .size = board,
                               .black = s.black,
                               .white = s.white,
                               .legal = s.legal,
                               .probability = s.probability,
                               .highlighted = e.square};
    return element("p", {{"class", "caption"}}, escape(name) + " " + element("span", {}, escape(detail))) +
           draw(picture);
  };
  const bool to_white = e.after.white & bit(e.square);
  const std::string effect = fmt::format("Wrong moves for the flipped board: {:g} without the edit, {:g} with it.",
                                         e.before.error, e.after.error);
  return element("h3", {},
                 escape(fmt::format("Example {}: {} turned {}, {} to move", number, square,
                                    to_white ? "white" : "black", e.to_move == Color::black ? "black" : "white"))) +
         "\n" + paragraph("After " + spaced(e.history), "detail") +
         side_by_side(
             {side(e.before, "Before", "the real board, no edit"),
              side(e.after, "After", square + " flipped inside the network"),
              element("div", {{"class", "changes"}},
                      element("p", {{"class", "caption"}}, escape(std::string("What should change for ") + mover)) +
                          changes(e) + paragraph(effect, "detail"))});
}

}  // namespace

std::string intervention_section(const RunDocuments& run) {
  const std::string heading = "Does the network use the board?";
  if (!run.intervene)
    return section("intervention", heading,
                   missing("The board inside was not edited yet.", result_command("intervene", run.model)));
  const InterveneResults results = read_intervene(*run.intervene);
  const std::string reading =
      "One disc is flipped inside the network, by pushing its inner state along the probe's direction after each block "
      "of a "
      "range, while the moves at the input stay as they are. If the network computes its moves from this board, its "
      "top "
      "moves become the legal moves of the flipped board; the error counts the legal ones missed and the illegal ones "
      "taken. The matrix has every range of blocks, the chosen one outlined; the bars have that one on other cases, "
      "with "
      "95 % intervals: it must be clearly shorter than no edit and than a random edit of the same size.";
  std::string text = figure(intervention_finding(results),
                            side_by_side({range_matrix(results), control_bars(results)}, "wide"), reading);
  if (!results.examples.empty()) {
    std::string examples = board_key();
    int number = 0;
    for (const auto& e : results.examples) examples += example(e, results.board, ++number);
    text += figure(
        "Three positions, before and after the edit.", examples,
        "Left, the real position and what the model expects next. Right, the same position with one disc flipped "
        "(framed): rings are the legal moves of that board, numbers are the model's probabilities after the same "
        "flip was made inside it. A perfect edit puts all its probability inside the rings on the right.");
  }
  return section("intervention", heading, text);
}

}  // namespace othello
