// Does depth matter? Probe accuracy by how often a disc was turned and by layer.
#include <algorithm>
#include <cmath>

#include "report/html.h"
#include "report/matrix.h"
#include "report/theory_pictures.h"

namespace othello {
namespace {

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

/// The accuracies of one number of flips, by layer.
struct Rung {
  std::string flips;
  std::vector<std::optional<Estimate>> layers;
  /// The first layer whose accuracy lies in the interval of the best one: a tie is a tie, and the earlier layer has it.
  std::optional<std::size_t> reached() const {
    const Estimate* best = nullptr;
    for (const auto& accuracy : layers)
      if (accuracy && (best == nullptr || accuracy->mean > best->mean)) best = &*accuracy;
    for (std::size_t i = 0; i < layers.size(); ++i)
      if (layers[i] && layers[i]->mean >= best->low) return i;
    return std::nullopt;
  }
};

std::vector<Rung> rungs_of(const std::vector<const ProbeFigures*>& line) {
  std::vector<Rung> rungs;
  for (std::size_t layer = 0; layer < line.size(); ++layer)
    for (std::size_t i = 0; i < line[layer]->by_flips.size(); ++i) {
      if (i == rungs.size()) rungs.push_back({line[layer]->by_flips[i].flips, {}});
      rungs[i].layers.resize(line.size());
      rungs[i].layers[layer] = line[layer]->by_flips[i].accuracy;
    }
  return rungs;
}

std::string where(int layer) { return layer == 0 ? "at the embedding" : fmt::format("after block {}", layer - 1); }

/// The layers were chosen on the games that report, so this describes them and tests nothing. Noise alone can move the
/// last rung behind the first: it has to be read worse, with its whole interval, where the first one was reached.
std::string depth_finding(const std::vector<const ProbeFigures*>& line) {
  std::string text;
  std::optional<std::size_t> first, last;
  bool rising = true, apart = false;
  for (const auto& rung : rungs_of(line)) {
    const auto layer = rung.reached();
    if (!layer) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", rung.flips, where(*line[*layer]->layer));
    if (!first) first = layer;
    rising = rising && (!last || *layer >= *last);
    const auto& there = rung.layers[*first];
    apart = *layer > *first && there && there->high < rung.layers[*layer]->low;
    last = layer;
  }
  if (!first) return "Depth and flips.";
  return fmt::format(
      "{}: the first layer within the interval of the best one is, by flips, {}. The layers were chosen "
      "and are reported on the same games, so that this describes them and is no test.",
      rising && apart ? "Discs turned more often need more layers"
                      : "Depth and flips are not ordered (discs turned more often do not need more "
                        "layers beyond the intervals)",
      text);
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
      depth_finding(line),
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
