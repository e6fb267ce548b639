// Does depth matter? Probe accuracy by how often a disc was turned and by layer.
#include <algorithm>
#include <cmath>

#include "report/html.h"
#include "report/matrix.h"
#include "report/theory_pictures.h"

namespace othello {
namespace {

constexpr double kNear = 0.01;  // as good as the best layer

/// Rungs down, layers across; only what the document has.
Matrix ladder_matrix(const std::vector<const ProbeFigures*>& line, const std::string& title) {
  Matrix matrix{.title = title,
                .row_label = "flips",
                .column_label = "after block (emb = embedding)",
                .row_names = {},
                .column_names = {},
                .cells = {},
                .scale = {},
                .unit = Unit::percent,
                .outlined = {}};
  for (const auto* score : line) {
    matrix.column_names.push_back(*score->layer == 0 ? "emb" : std::to_string(*score->layer - 1));
    for (std::size_t rung = 0; rung < score->by_flips.size(); ++rung) {
      if (rung == matrix.row_names.size()) {
        matrix.row_names.push_back(score->by_flips[rung].flips);
        matrix.cells.emplace_back(line.size());
      }
      const auto& accuracy = score->by_flips[rung].accuracy;
      if (accuracy) matrix.cells[rung][matrix.column_names.size() - 1] = accuracy->mean;
    }
  }
  return matrix;
}

std::vector<const ProbeFigures*> with_flips(std::vector<const ProbeFigures*> line) {
  std::erase_if(line, [](const ProbeFigures* score) { return score->by_flips.empty(); });
  return line;
}

/// The first layer of a row that comes within a point of its best.
std::optional<std::size_t> reached(const std::vector<std::optional<double>>& row) {
  double best = -1;
  for (const auto& value : row) best = std::max(best, value.value_or(-1));
  for (std::size_t i = 0; i < row.size(); ++i)
    if (row[i] && *row[i] >= best - kNear) return i;
  return std::nullopt;
}

std::string where(const std::string& column) { return column == "emb" ? "at the embedding" : "after block " + column; }

std::string depth_finding(const Matrix& matrix) {
  std::string text;
  std::optional<std::size_t> first, last;
  for (std::size_t i = 0; i < matrix.cells.size(); ++i)
    if (const auto layer = reached(matrix.cells[i])) {
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", matrix.row_names[i], where(matrix.column_names[*layer]));
      if (!first) first = layer;
      last = layer;
    }
  if (!first) return "Depth and flips.";
  const char* verdict = *last > *first    ? "Discs turned more often need more layers"
                        : *last == *first ? "Discs turned more often need no more layers"
                                          : "Discs turned more often need fewer layers";
  return fmt::format("{}: within a point of their best, by flips, {}.", verdict, text);
}

}  // namespace

std::string depth_figure(const ProbeResults& probe) {
  if (!probe.reads_board()) return "";
  const auto line = with_flips(layer_line(probe.probes, ""));
  if (line.size() < 2) return "";
  auto network = ladder_matrix(line, "Accuracy by flips and layer: network");
  const auto untrained_line = with_flips(layer_line(probe.controls, "untrained"));
  auto untrained = ladder_matrix(untrained_line, "Accuracy by flips and layer: untrained");
  double low = 1;
  for (const auto* matrix : {&network, &untrained})
    for (const auto& row : matrix->cells)
      for (const auto& value : row) low = std::min(low, value.value_or(1));
  const ColourScale scale{.low = std::max(0.0, std::floor(low * 20 - 1e-9) / 20), .high = 1};
  network.scale = untrained.scale = scale;
  const auto captioned = [](const char* name, const Matrix& matrix) {
    return element("p", {{"class", "caption"}}, name) + draw(matrix);
  };
  std::vector<std::string> pictures{captioned("Network", network)};
  if (untrained_line.size() > 1) pictures.push_back(captioned("The same network before training", untrained));
  const auto n = line.front()->accuracy ? line.front()->accuracy->n : 0;
  return figure(
      depth_finding(network),
      side_by_side(pictures) + draw_legend(scale, Unit::percent, "share of discs whose state is read right"),
      fmt::format(
          "Each row holds the discs that were turned so often, each column a place in the network; the number is the "
          "share read right by the linear probe there ({} games). What a disc is after many turns is a long "
          "composition of moves. If depth mattered as depth separation has it (what deep networks compute in "
          "few units shallow ones need many for), the places where the rows turn dark would move to the right from "
          "one row to the next, by about as much each time. Rows that turn dark in the same column say that the "
          "network finds whatever number of turns at once, which attention over all moves can do. One model of one "
          "depth: only models of several depths could settle it.",
          format_count(static_cast<double>(n))));
}

}  // namespace othello
