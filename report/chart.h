// Line charts with direct labels, reference lines, whiskers and a shaded gap.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "report/format.h"

namespace othello {

struct ChartPoint {
  double x = 0;
  double y = 0;
  double low = 0;  // the 95 % interval of y; a whisker is drawn if low < high
  double high = 0;
  bool hollow = false;  // a value not to be relied on: an empty diamond, for which neither line nor axis makes room
};

ChartPoint chart_point(double x, double y);
ChartPoint chart_point(double x, const Estimate& estimate);

/// One line of a chart. `tone` is a colour of the style sheet: network, untrained, input,
/// bag, chance, floor, kernel.
struct ChartSeries {
  std::string name;   // stands at the last point, followed by that point's value unless there are markers
  bool peak = false;  // the value of the highest point is written over it
  std::vector<ChartPoint> points;
  std::string tone;
  bool markers = false;  // dots at the points, for few and meaningful ones
  bool line = true;      // without it the markers are diamonds
  bool dashed = false;
};

/// A horizontal line across the chart with its interval as a band.
struct ChartReference {
  std::string name;
  Estimate value;
  std::string tone;
};

/// A vertical line across the chart, with its name at the top.
struct ChartMark {
  std::string name;
  double x = 0;
};

struct LineChart {
  LineChart() = default;
  LineChart(std::string shows, std::string x, std::string y, Unit y_unit)
      : title(std::move(shows)), x_label(std::move(x)), y_label(std::move(y)), unit(y_unit) {}

  std::string title;  // what the picture shows, for screen readers
  std::string x_label;
  std::string y_label;  // stands above the axis, left
  Unit unit = Unit::plain;
  bool log_x = false;
  bool log_y = false;                                // in place of from_zero
  std::optional<std::pair<double, double>> x_range;  // at least, for charts that share an axis
  bool from_zero = false;                            // the y axis begins at 0 at the latest
  std::vector<std::string> x_names;                  // names of x = 0, 1, 2 … instead of numbers; all are shown
  std::vector<ChartSeries> series;
  std::vector<ChartReference> references;
  std::vector<ChartMark> marks;
  /// The area between the first two series is shaded and labelled with this and its height at the end.
  std::optional<std::string> gap;
  double width = 450;
  double height = 320;
};

/// The chart as inline SVG. Points that do not fit the axis (≤ 0 on a logarithmic one) are left out; without any
/// point the frame alone is drawn. Lines of more points than pixels are averaged per pixel.
std::string draw(const LineChart& chart);

}  // namespace othello
