// How alike the directions are that the probes of different layers found.
#include <cmath>

#include "report/html.h"
#include "report/matrix.h"
#include "report/probe_pictures.h"

namespace othello {
namespace {

/// "emb", "0", … as under the chart by layer; "" for sites beside the residual stream.
std::string short_name(const std::string& site) {
  const std::string place = place_name(site);
  constexpr std::string_view kAfter = "after block ";
  if (place.starts_with(kAfter)) return place.substr(kAfter.size());
  return place == "the embedding" ? "emb" : "";
}

/// "mine - yours" → "mine minus yours"
std::string in_words(std::string contrast) {
  if (const auto at = contrast.find(" - "); at != std::string::npos) contrast.replace(at, 3, " minus ");
  return contrast;
}

}  // namespace

std::string direction_figure(const ProbeMeasures& measures) {
  if (!measures.cosines) return "";
  const auto& cosines = *measures.cosines;
  std::vector<std::size_t> layers;  // indices of the sites of the residual stream
  for (std::size_t i = 0; i < cosines.sites.size(); ++i)
    if (!short_name(cosines.sites[i]).empty()) layers.push_back(i);
  if (layers.size() < 2) return "";
  Matrix matrix{.title = "Cosines between the probes' directions of different layers",
                .row_label = "after block",
                .column_label = "after block (emb = embedding)",
                .row_names = {},
                .column_names = {},
                .cells = {},
                .scale = {.low = -1, .high = 1, .colour = diverging, .reversed = false, .centred = true},
                .unit = Unit::plain,
                .outlined = {}};
  double sum = 0, count = 0;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    matrix.row_names.push_back(short_name(cosines.sites[layers[i]]));
    auto& row = matrix.cells.emplace_back();
    for (const auto j : layers) row.push_back(cosines.mean[layers[i]][j]);
    if (i + 1 < layers.size() && row[i + 1]) sum += *row[i + 1], ++count;
  }
  matrix.column_names = matrix.row_names;
  const std::string finding =
      count > 0 ? fmt::format(
                      "From one layer to the next, the directions of the same square have a cosine of {} on "
                      "average; random ones have a size of {}.",
                      format_value(sum / count, Unit::plain), format_value(cosines.by_chance, Unit::plain))
                : "No layer has a direction to compare.";
  return figure(finding, draw(matrix),
                fmt::format("Each cell compares the probes of two layers: the cosine between their directions for {} "
                            "of the same square, averaged over squares ({} plies). 1 means the same direction, and a "
                            "square without one is left out. Blocks that only pass the board on leave it where it is; "
                            "blocks that compute on it write it anew, elsewhere. Where no board is kept there is no "
                            "reason for any two layers to agree beyond chance, apart from what the residual stream "
                            "carries along by itself.",
                            in_words(cosines.contrast), cosines.plies));
}

}  // namespace othello
