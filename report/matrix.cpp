#include "report/matrix.h"

#include <algorithm>
#include <cmath>

#include "report/svg.h"

namespace othello {
namespace {

/// Ends of scales are round numbers: no decimals for percentages.
std::string end_text(double value, Unit unit) {
  if (unit == Unit::plain) return format_value(value, unit);
  const double rounded = std::round(1000 * value) / 10;
  const std::string sign = unit == Unit::points && rounded != 0 ? (rounded > 0 ? "+" : "−") : "";
  return sign + fmt::format("{:g}", std::abs(rounded)) + (unit == Unit::percent ? " %" : "");
}

/// Percentages stand without their sign, for which there is no room; the legend has it.
std::string cell_text(double value, Unit unit) {
  return unit == Unit::percent ? fmt::format("{:.1f}", 100 * value) : format_value(value, unit);
}

}  // namespace

Rgb ColourScale::at(double value) const {
  if (centred) return colour(high > 0 ? value / high : 0);
  const double t = high > low ? (value - low) / (high - low) : 0.5;
  return colour(reversed ? 1 - t : t);
}

std::string draw(const Matrix& m) {
  constexpr double kCell = 44, kRow = 34, kTop = 46;
  double left = text_width(m.row_label);
  for (const auto& name : m.row_names) left = std::max(left, text_width(name) + 10);
  const auto columns = static_cast<double>(m.column_names.size());
  const auto rows = static_cast<double>(m.row_names.size());
  Svg svg(std::max(left + columns * kCell + 4, left + text_width(m.column_label)), kTop + rows * kRow + 4, m.title);
  svg.text(left, 8, m.column_label, Anchor::start, "tick");
  svg.text(0, 32, m.row_label, Anchor::start, "tick");
  for (std::size_t j = 0; j < m.column_names.size(); ++j)
    svg.text(left + (static_cast<double>(j) + 0.5) * kCell, 32, m.column_names[j], Anchor::middle, "tick");
  for (std::size_t i = 0; i < m.cells.size(); ++i) {
    const double y = kTop + static_cast<double>(i) * kRow;
    svg.text(left - 8, y + kRow / 2, m.row_names[i], Anchor::end, "tick");
    for (std::size_t j = 0; j < m.cells[i].size(); ++j) {
      if (!m.cells[i][j]) continue;
      const double x = left + static_cast<double>(j) * kCell;
      const Rgb colour = m.scale.at(*m.cells[i][j]);
      svg.cell(x + 1, y + 1, kCell - 2, kRow - 2, hex(colour));
      svg.text(x + kCell / 2, y + kRow / 2, cell_text(*m.cells[i][j], m.unit), Anchor::middle, "number", kFontSize,
               ink_on(colour));
    }
  }
  if (m.outlined)  // last, so that no neighbour covers the outline
    svg.rect(left + m.outlined->second * kCell, kTop + m.outlined->first * kRow, kCell, kRow, "outline");
  return svg.str();
}

std::string draw_legend(const ColourScale& scale, Unit unit, const std::string& label) {
  constexpr int kSteps = 60;
  constexpr double kWidth = 240, kTop = 20, kHeight = 12, kMargin = 26;
  Svg svg(kWidth + 2 * kMargin, 50, "Colour scale: " + label);
  svg.text(kMargin, 8, label, Anchor::start, "tick");
  const auto value = [&](double share) { return scale.low + share * (scale.high - scale.low); };
  for (int i = 0; i < kSteps; ++i)
    svg.cell(kMargin + i * kWidth / kSteps, kTop, kWidth / kSteps + 0.5, kHeight,
             hex(scale.at(value((i + 0.5) / kSteps))));
  for (const double share : {0.0, 0.5, 1.0})
    svg.text(kMargin + share * kWidth, 42, (share == 0 && scale.open_below ? "≤ " : "") + end_text(value(share), unit),
             Anchor::middle, "tick", 11);
  return svg.str();
}

}  // namespace othello
