#include "report/bars.h"

#include <algorithm>
#include <cmath>

#include "report/axis.h"
#include "report/svg.h"

namespace othello {
namespace {

void draw_bar(Svg& svg, const Estimate& value, const std::string& tone, const Axis& x, double y) {
  svg.rect(x.at(std::min(0.0, value.mean)), y - 8, x.at(std::abs(value.mean)) - x.at(0), 16, "bar tone-" + tone);
  if (!(value.high > value.low)) return;
  const double low = x.at(value.low), high = x.at(value.high);
  svg.line(low, y, high, y, "whisker-ink");
  for (const double cap : {low, high}) svg.line(cap, y - 4, cap, y + 4, "whisker-ink");
}

}  // namespace

std::string draw(const BarChart& chart) {
  constexpr double kRow = 48, kTop = 4, kBottom = 40, kRight = 12;
  double low = 0, high = chart.reach;
  for (const auto& bar : chart.bars) {
    if (!bar.value) continue;
    low = std::min({low, bar.value->mean, bar.value->low});
    high = std::max({high, bar.value->mean, bar.value->high});
  }
  if (high <= 0) high = low < 0 ? -0.2 * low : 1;
  const double bottom = kTop + kRow * static_cast<double>(chart.bars.size());
  Svg svg(chart.width, bottom + kBottom, chart.title);
  const Axis x{.low = low * 1.04, .high = high * 1.04, .from = 1, .to = chart.width - kRight};
  const auto ticks = round_ticks(x.low, x.high, 5);
  for (const double tick : ticks) {
    svg.line(x.at(tick), kTop, x.at(tick), bottom, "grid");
    svg.text(x.at(tick), bottom + 12, fmt::format("{:.{}f}", tick, tick_decimals(ticks)),
             tick == x.low ? Anchor::start : Anchor::middle, "tick");
  }
  double y = kTop;
  for (const auto& bar : chart.bars) {
    svg.line(x.at(0), y + 17, x.at(0), y + 39, "axis");
    svg.text(0, y + 9, bar.name, Anchor::start, "name tone-" + bar.tone);
    svg.text(x.to, y + 9, bar.instead.empty() ? format_defined(bar.value, chart.unit) : bar.instead, Anchor::end,
             "tick");
    if (bar.value) draw_bar(svg, *bar.value, bar.tone, x, y + 28);
    y += kRow;
  }
  svg.text(1, bottom + 30, chart.x_label, Anchor::start, "tick");
  return svg.str();
}

}  // namespace othello
