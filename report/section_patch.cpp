// Where what tells two games apart lies: recoveries by block, position and component, and the discs that a move rests
// on.
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "engine/notation.h"
#include "report/board_picture.h"
#include "report/html.h"
#include "report/patch_results.h"
#include "report/sections.h"

namespace othello {
namespace {

constexpr int kColumns = 16;  // as many positions as fit the page
constexpr std::size_t kParts = 12;

const ColourScale kRecoveries{.low = -1, .high = 1, .colour = diverging, .reversed = false, .centred = true};

Matrix empty_matrix(const std::string& title, const std::string& column_label) {
  return {.title = title,
          .row_label = "block",
          .column_label = column_label,
          .row_names = {},
          .column_names = {},
          .cells = {},
          .scale = kRecoveries,
          .unit = Unit::plain,
          .outlined = {}};
}

std::string captioned(const std::string& name, const std::string& detail, const std::string& markup) {
  return element("p", {{"class", "caption"}}, escape(name) + " " + element("span", {}, escape(detail))) + markup;
}

/// The residual stream before every block; the last positions if there are more than fit. Places without an effect are
/// left blank.
std::string stream_matrix(const PatchResults& results) {
  auto matrix = empty_matrix("Recovery by patching the residual stream, by block and move", "after move");
  const int first = std::max(results.first_difference, results.positions - kColumns);
  for (int t = first; t < results.positions; ++t)
    matrix.column_names.push_back(
        fmt::format("{} {}", t + 1, square_name(results.clean.moves.moves()[static_cast<std::size_t>(t)])));
  for (const auto& row : results.grid) {
    if (row.component != "resid_pre") continue;
    matrix.row_names.push_back(std::to_string(row.layer));
    auto& cells = matrix.cells.emplace_back();
    for (int t = first; t < results.positions; ++t) {
      const auto& value = row.recovery[static_cast<std::size_t>(t)];
      cells.push_back(value && *value != 0 ? value : std::nullopt);
    }
  }
  return captioned("Residual stream", "before each block, at each position", draw(matrix));
}

/// What each block adds at the last position: attention, its heads one by one, the MLP.
std::string part_matrix(const PatchResults& results) {
  auto matrix = empty_matrix("Recovery by patching one part of a block at the last position", "");
  matrix.column_names = {"attn.", "MLP"};
  int layers = 0, heads = 0;
  for (const auto& row : results.grid) {
    layers = std::max(layers, row.layer + 1);
    if (row.head) heads = std::max(heads, *row.head + 1);
  }
  for (int head = 0; head < heads; ++head) matrix.column_names.push_back(fmt::format("h {}", head));
  matrix.cells.assign(static_cast<std::size_t>(layers), std::vector<std::optional<double>>(matrix.column_names.size()));
  for (int layer = 0; layer < layers; ++layer) matrix.row_names.push_back(std::to_string(layer));
  for (const auto& row : results.grid) {
    const int column = row.component == "attn_out" ? 0 : row.component == "mlp_out" ? 1 : row.head ? 2 + *row.head : -1;
    if (column >= 0)
      matrix.cells[static_cast<std::size_t>(row.layer)][static_cast<std::size_t>(column)] = row.recovery.back();
  }
  return captioned("Parts of blocks", "at the last position; h: heads", draw(matrix));
}

std::string stream_finding(const PatchResults& results) {
  for (const auto& row : results.grid)
    if (row.component == "resid_pre" && row.recovery.back() && *row.recovery.back() >= 0.5)
      return fmt::format("Before block {}, the last position alone carries {} of what tells the two games apart.",
                         row.layer, format_value(*row.recovery.back(), Unit::percent));
  return "Before no block does the last position alone carry half of what tells the two games apart.";
}

std::string game_line(const char* name, const PatchedGame& game) {
  return fmt::format("{}: {} (logit difference {}; legal here only: {})", name, game_text(game.moves),
                     format_value(game.metric, Unit::plain), fmt::join(game.legal_here_only, " "));
}

std::string error_table(const PatchResults& results) {
  std::vector<Cells> rows;
  for (const auto& e : results.errors)
    rows.push_back(
        {e.component, format_count(e.places), e.correlation ? format_value(*e.correlation, Unit::plain) : "undefined",
         format_value(e.error, Unit::percent), format_value(e.recovery, Unit::percent),
         e.sign_agreement
             ? fmt::format("{} of {}", format_value(*e.sign_agreement, Unit::percent), format_count(e.sign_places))
             : "undefined"});
  return folded("How good the gradient's estimate of these recoveries is",
                table({"Component", "Places", "Correlation", "Mean absolute error", "Mean absolute recovery",
                       "Same sign, from 1 % on"},
                      rows, "numbers"));
}

std::string part_table(const PatchResults& results) {
  auto parts = results.parts;
  std::stable_sort(parts.begin(), parts.end(),
                   [](const auto& a, const auto& b) { return std::abs(a.logit) > std::abs(b.logit); });
  std::vector<Cells> rows;
  for (std::size_t i = 0; i < std::min(kParts, parts.size()); ++i)
    rows.push_back(
        {parts[i].name, format_value(parts[i].logit, Unit::plain), format_value(parts[i].difference, Unit::plain)});
  return folded(fmt::format("The largest of the {} parts of the logit of {}, {} in all", parts.size(), results.move,
                            format_value(results.logit_sum, Unit::plain)),
                table({"Part", "Adds to the logit", "Adds to the logit difference"}, rows, "numbers"));
}

std::string saliency_figure(const PatchResults& results) {
  const auto& s = *results.saliency;
  double most = 0.01, flips = 0, randoms = 0;
  int squares = 0;
  for (std::size_t i = 0; i < s.raw.size(); ++i) {
    if (!s.raw[i] || !s.random[i]) continue;
    most = std::max({most, std::abs(*s.raw[i]), std::abs(*s.random[i])});
    flips += std::abs(*s.raw[i]), randoms += std::abs(*s.random[i]), ++squares;
  }
  if (squares == 0) return "";
  const std::string blocks =
      s.first == s.last ? fmt::format("block {}", s.first) : fmt::format("blocks {} to {}", s.first, s.last);
  ColourScale scale{.low = -most, .high = most, .colour = diverging, .reversed = false, .centred = true};
  const auto board = [&](const char* name, const char* detail, const SquareValues& values) {
    return captioned(name, detail,
                     draw(BoardHeat{.title = std::string(name) + ": probability that the move loses, by square",
                                    .size = results.board,
                                    .values = values,
                                    .scale = scale,
                                    .unit = Unit::points,
                                    .width = 300}));
  };
  return figure(
      fmt::format(
          "Flipping a disc inside changes the probability of {} by {:.1f} points on average, a random direction by "
          "{:.1f} points.",
          s.move, 100 * flips / squares, 100 * randoms / squares),
      side_by_side(
          {board("Disc flipped", "inside the network", s.raw), board("Random direction", "of the same size", s.random)},
          "boards") +
          draw_legend(scale, Unit::points, "probability lost, points"),
      fmt::format("After the clean game the model gives {} a probability of {}. Each number is what that loses, in "
                  "percentage points, if the disc on the square is flipped in the residual stream after {} "
                  "({:g} of its norm). Squares that are no different on the right than on the left say nothing.",
                  s.move, format_value(s.probability, Unit::percent), blocks, s.scale));
}

}  // namespace

std::string patch_section(const RunDocuments& run) {
  if (!run.patch) return "";  // of two games that someone chose: no part of every report
  const auto results = read_patch(*run.patch);
  std::string text = paragraph(game_line("Clean game", results.clean), "detail") +
                     paragraph(game_line("Corrupted game", results.corrupt), "detail");
  const bool defined = std::any_of(results.grid.begin(), results.grid.end(),
                                   [](const auto& row) { return row.recovery.back().has_value(); });
  text +=
      defined
          ? figure(stream_finding(results),
                   stream_matrix(results) + part_matrix(results) +
                       draw_legend(kRecoveries, Unit::plain, "recovery (1: all of the difference)"),
                   "The model runs on the corrupted game, but at one place gets what it computes on the clean game. "
                   "The number is the share of the logit difference between the games (mean logit of the moves that "
                   "are legal after the clean game alone, less that of those legal after the other alone) that this "
                   "brings back. Shares do not add up, and can be below 0 or above 1.") +
                error_table(results)
          : paragraph("The model does not tell the two games apart, so there is nothing to recover.");
  text += part_table(results);
  if (results.saliency) text += saliency_figure(results);
  return section("patch", "Where does a move come from?", text);
}

}  // namespace othello
