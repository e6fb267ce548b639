// Does a predicted move rest on the discs that make it legal? Maps of saliency, and what many of them say.
#include <algorithm>
#include <cmath>

#include "report/board_picture.h"
#include "report/format.h"
#include "report/html.h"
#include "report/saliency_results.h"
#include "report/sections.h"

namespace othello {
namespace {

constexpr std::size_t kExamples = 3;  // side by side on the page

std::string blocks_name(const SaliencyResults& results) {
  return results.first == results.last ? fmt::format("block {}", results.first)
                                       : fmt::format("blocks {} to {}", results.first, results.last);
}

std::string captioned(const std::string& name, const std::string& detail, const std::string& markup) {
  return element("p", {{"class", "caption"}}, escape(name) + " " + element("span", {}, escape(detail))) + markup;
}

/// Boards with the move as a ring, and under each what the discs are worth to it, all in one scale.
std::string example_figure(const SaliencyResults& results) {
  const auto shown = std::min(kExamples, results.examples.size());
  double most = 0.01;
  for (std::size_t i = 0; i < shown; ++i)
    for (const auto& value : results.examples[i].lost) most = std::max(most, std::abs(value.value_or(0)));
  const ColourScale scale{.low = -most, .high = most, .colour = diverging, .reversed = false, .centred = true};
  std::vector<std::string> pictures;
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& e = results.examples[i];
    SquareValues probability{};
    probability[static_cast<std::size_t>(e.square)] = e.probability;
    const BoardPicture board{.title = fmt::format("The position in which {} is the model's move", e.move),
                             .size = results.board,
                             .black = e.black,
                             .white = e.white,
                             .legal = bit(e.square),
                             .probability = probability};
    const BoardHeat heat{.title = fmt::format("Probability that {} loses, by square", e.move),
                         .size = results.board,
                         .values = e.lost,
                         .scale = scale,
                         .unit = Unit::points,
                         .width = 292};
    pictures.push_back(
        element("div", {},
                captioned(e.move, fmt::format("{} after {} moves", format_value(e.probability, Unit::percent), e.plies),
                          draw(board) + draw(heat))));
  }
  return figure(
      "What single discs are worth to the model's move, in the first positions drawn.",
      side_by_side(pictures, "boards") + draw_legend(scale, Unit::points, "probability lost, points"),
      fmt::format("Above the position with the model's most probable legal move (ring, in percent), below how many "
                  "percentage points of its probability that move loses if the disc on the square is flipped "
                  "in the residual stream after {} ({:g} of its norm). The positions are not chosen.",
                  blocks_name(results), results.scale));
}

Cells row(const std::string& name, const std::string& count, const ControlledFigure& figure, Unit unit) {
  return {name, count, format_defined(figure.flipped, unit), format_defined(figure.random, unit),
          format_defined(figure.untrained, unit)};
}

std::string positions_of(const ControlledFigure& figure) {
  return figure.flipped ? format_count(static_cast<double>(figure.flipped->n)) : "0";
}

std::string class_table(const SaliencyResults& results) {
  std::vector<Cells> rows;
  for (const auto& c : results.classes) {
    const std::string name = c.name == "turned"   ? "turned by the move"
                             : c.name == "anchor" ? "close its lines"
                                                  : c.name;
    rows.push_back(row(name, format_count(c.discs), c.lost, Unit::points));
  }
  return table({"Probability lost, by disc", "Discs", "Flipped", "Random direction", "Untrained model"}, rows,
               "numbers");
}

std::string order_table(const SaliencyResults& results) {
  const auto auroc = [](const char* name, const ControlledFigure& f) {
    return row(name, positions_of(f), f, Unit::plain);
  };
  std::vector<Cells> rows{auroc("turned or closing, to others", results.relevant),
                          auroc("… to others in line with the move", results.in_line),
                          auroc("decisive, to all others", results.decisive),
                          auroc("… to the rest of turned and closing", results.decisive_within)};
  std::string text =
      table({"AUROC within a position (chance 0.5)", "Positions", "Flipped", "Random direction", "Untrained model"},
            rows, "numbers");
  const auto top = row("most salient disc is turned or closing", positions_of(results.most_salient),
                       results.most_salient, Unit::percent);
  return text +
         table({"Share of positions", "Positions", "Flipped", "Random direction", "Untrained model"}, {top}, "numbers");
}

std::string control_text(const ControlledFigure& f) {
  std::string text;
  if (f.random) text += "random direction " + format_value(f.random->mean, Unit::percent);
  if (f.untrained) text += ", untrained model " + format_value(f.untrained->mean, Unit::percent);
  return text;
}

/// Better than each control that there is, by the paired difference.
std::string finding(const SaliencyResults& results) {
  if (!results.relevant.flipped) return "No position has discs of both kinds.";
  const auto better = [](const std::optional<Estimate>& e) { return !e || (e->clear_of_zero() && e->mean > 0); };
  const bool rests =
      results.relevant.flipped->low > 0.5 && better(results.over_random) && better(results.over_untrained);
  std::string text = fmt::format(
      "{} In {} of pairs of a position a disc that the move turns, or that closes its lines, is worth more to it than "
      "another disc ({}). ",
      rests ? "The model's moves rest on the discs that make them legal."
            : "That the model's moves rest on the discs that make them legal is not shown.",
      format_estimate(*results.relevant.flipped, Unit::percent, "positions"), control_text(results.relevant));
  if (results.decisive.flipped)
    text += fmt::format("For a disc without which the move would be illegal it is {} ({}). ",
                        format_estimate(*results.decisive.flipped, Unit::percent, "positions"),
                        control_text(results.decisive));
  return text + fmt::format("The most salient disc is turned or closes a line in {} of positions, by chance in {}.",
                            format_defined(results.most_salient.flipped, Unit::percent),
                            format_defined(results.chance, Unit::percent));
}

}  // namespace

std::string saliency_section(const RunDocuments& run) {
  if (!run.saliency) return "";
  const auto results = read_saliency_study(*run.saliency);
  std::string text = paragraph(finding(results));
  if (!results.examples.empty()) text += example_figure(results);
  text += class_table(results) + order_table(results) +
          paragraph(fmt::format("{} positions, one of each game{}. A disc is decisive if the move is illegal on the "
                                "board with that one disc turned over.",
                                format_count(results.positions), results.held_out ? ", never trained on" : ""),
                    "detail");
  return section("saliency", "Does a move rest on the discs that make it legal?", text);
}

}  // namespace othello
