#include "report/bars.h"

#include <algorithm>

#include "report/axis.h"
#include "report/svg.h"

namespace othello {

std::string draw(const BarChart& chart) {
  constexpr double kRow = 48, kTop = 4, kBottom = 40, kRight = 12;
  double high = 0;
  for (const auto& bar : chart.bars) high = std::max({high, bar.value.mean, bar.value.high});
  if (high <= 0) high = 1;
  const double bottom = kTop + kRow * static_cast<double>(chart.bars.size());
  Svg svg(chart.width, bottom + kBottom, chart.title);
  const Axis x{.low = 0, .high = high * 1.04, .from = 1, .to = chart.width - kRight};
  const auto ticks = round_ticks(x.low, x.high, 5);
  for (const double tick : ticks) {
    svg.line(x.at(tick), kTop, x.at(tick), bottom, "grid");
    svg.text(x.at(tick), bottom + 12, fmt::format("{:.{}f}", tick, tick_decimals(ticks)),
             tick == 0 ? Anchor::start : Anchor::middle, "tick");
  }
  double y = kTop;
  for (const auto& bar : chart.bars) {
    svg.line(x.from, y + 17, x.from, y + 39, "axis");
    svg.text(0, y + 9, bar.name, Anchor::start, "name tone-" + bar.tone);
    svg.text(x.to, y + 9, format_estimate(bar.value, chart.unit), Anchor::end, "tick");
    svg.rect(x.from, y + 20, x.at(std::max(0.0, bar.value.mean)) - x.from, 16, "bar tone-" + bar.tone);
    if (bar.value.high > bar.value.low) {
      const double low = x.at(std::max(0.0, bar.value.low)), end = x.at(bar.value.high);
      svg.line(low, y + 28, end, y + 28, "whisker-ink");
      for (const double cap : {low, end}) svg.line(cap, y + 24, cap, y + 32, "whisker-ink");
    }
    y += kRow;
  }
  svg.text(1, bottom + 30, chart.x_label, Anchor::start, "tick");
  return svg.str();
}

}  // namespace othello
