#include "report/chart.h"

#include <algorithm>
#include <cmath>

#include "report/axis.h"
#include "report/svg.h"

namespace othello {
namespace {

constexpr double kLeft = 46, kTop = 34, kMarkHeight = 14, kBottom = 44, kLabelGap = 9, kLabelHeight = 16;

/// 0.02, 5, 200; 10⁻⁴, 10⁶: a tick of a logarithmic axis.
std::string power_text(double tick) {
  const double power = std::log10(tick);
  if (power > -3.5 && power < 4.5) return fmt::format("{:g}", tick);
  const double rounded = std::floor(power + 1e-9);
  const int factor = static_cast<int>(std::round(tick / std::pow(10, rounded)));
  std::string text = (factor == 1 ? "10" : std::to_string(factor) + "·10") + (rounded < 0 ? "⁻" : "");
  constexpr const char* kDigits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  for (const char digit : std::to_string(std::abs(static_cast<int>(rounded)))) text += kDigits[digit - '0'];
  return text;
}

struct Label {
  double y;
  std::string text;
  std::string tone;
};

class Drawing {
 public:
  explicit Drawing(const LineChart& chart) : chart_(chart), svg_(chart.width, chart.height, chart.title) {
    keep_drawable();
    name_ends();
    set_axes();
  }

  std::string draw() {
    draw_axes();
    if (chart_.gap && lines_.size() >= 2) draw_gap();
    for (const auto& mark : chart_.marks) draw_mark(mark);
    for (const auto& reference : chart_.references) draw_reference(reference);
    for (const auto& series : lines_) draw_series(series);
    draw_labels();
    return svg_.str();
  }

 private:
  /// The series with the points that the axis can show, in order of x.
  void keep_drawable() {
    for (auto series : chart_.series) {
      std::erase_if(series.points,
                    [&](const ChartPoint& p) { return (chart_.log_x && p.x <= 0) || (chart_.log_y && p.y <= 0); });
      std::stable_sort(series.points.begin(), series.points.end(),
                       [](const ChartPoint& a, const ChartPoint& b) { return a.x < b.x; });
      if (!series.points.empty()) lines_.push_back(std::move(series));
    }
  }

  std::string with_value(const std::string& name, double value) const {
    return name.empty() ? "" : name + " " + format_value(value, chart_.unit);
  }

  /// Direct labels in data coordinates; the right margin must hold the longest.
  void name_ends() {
    for (const auto& series : lines_)
      labels_.push_back({series.points.back().y,
                         series.markers ? series.name : with_value(series.name, series.points.back().y), series.tone});
    for (const auto& reference : chart_.references)
      labels_.push_back({reference.value.mean, with_value(reference.name, reference.value.mean), reference.tone});
    if (chart_.gap && lines_.size() >= 2) {
      const double a = lines_[0].points.back().y, b = lines_[1].points.back().y;
      labels_.push_back({(a + b) / 2, with_value(*chart_.gap, a - b), "gap"});
    }
    std::erase_if(labels_, [](const Label& label) { return label.text.empty(); });
  }

  void set_axes() {
    double x_low = chart_.log_x ? 1 : 0, x_high = chart_.log_x ? 10 : 1, y_low = 0, y_high = 1;
    const auto include = [](double& low, double& high, bool& any, double from, double to) {
      low = any ? std::min(low, from) : from;
      high = any ? std::max(high, to) : to;
      any = true;
    };
    bool any_x = false, any = false;
    const auto is_hollow = [](const ChartPoint& p) { return p.hollow; };
    const bool all_hollow = std::all_of(lines_.begin(), lines_.end(), [&](const ChartSeries& series) {
      return std::all_of(series.points.begin(), series.points.end(), is_hollow);
    });
    for (const auto& series : lines_)
      for (const auto& p : series.points) {
        include(x_low, x_high, any_x, p.x, p.x);
        if (p.hollow && !all_hollow) continue;
        const double low = chart_.log_y && p.low <= 0 ? p.y : std::min(p.low, p.y);
        include(y_low, y_high, any, low, std::max(p.high, p.y));
      }
    for (const auto& r : chart_.references)
      include(y_low, y_high, any, std::min(r.value.low, r.value.mean), std::max(r.value.high, r.value.mean));
    if (chart_.x_range) include(x_low, x_high, any_x, chart_.x_range->first, chart_.x_range->second);
    if (!chart_.x_names.empty()) x_low = 0, x_high = static_cast<double>(chart_.x_names.size() - 1);
    if (chart_.log_y) {
      if (!any) y_low = 1, y_high = 10;
      y_low /= 1.2, y_high *= 1.2;
    } else if (!(y_high > y_low)) {  // a flat line stands in the middle
      const double room = 0.01 * std::max(1.0, std::abs(y_low));
      y_low -= room;
      y_high += room;
    }
    if (!(x_high > x_low)) chart_.log_x ? x_high = 2 * x_low : x_high = x_low + 1;
    const double slack = chart_.log_y ? 0 : 0.06 * (y_high - y_low);
    const bool peaks = std::any_of(lines_.begin(), lines_.end(), [](const ChartSeries& s) { return s.peak; });
    y_low -= slack;
    if (chart_.from_zero && !chart_.log_y) y_low = std::min(y_low + slack, 0.0);
    y_high += peaks ? 2 * slack : slack;
    if (chart_.unit == Unit::percent && !chart_.log_y) y_low = std::max(0.0, y_low), y_high = std::min(1.0, y_high);

    double label_width = 0;
    for (const auto& label : labels_) label_width = std::max(label_width, text_width(label.text));
    right_ = chart_.width - std::max(14.0, label_width + kLabelGap + 4);
    bottom_ = chart_.height - kBottom;
    top_ = chart_.marks.empty() ? kTop : kTop + kMarkHeight;  // their names stand under that of the axis
    const double inset = chart_.x_names.empty() ? 0 : 14;     // categories stand clear of the frame
    x_ = {.low = x_low, .high = x_high, .from = kLeft + inset, .to = right_ - inset, .logarithmic = chart_.log_x};
    y_ = {.low = y_low, .high = y_high, .from = bottom_, .to = top_, .logarithmic = chart_.log_y};
  }

  void draw_axes() {
    const double scale = chart_.unit == Unit::plain ? 1 : 100;
    auto ticks =
        chart_.log_y ? log_ticks(y_.low * scale, y_.high * scale) : round_ticks(y_.low * scale, y_.high * scale, 5);
    if (ticks.size() < 3) ticks = round_ticks(y_.low * scale, y_.high * scale, 5);  // less than a decade
    for (const double tick : ticks) {
      const double y = y_.at(tick / scale);
      svg_.line(kLeft, y, right_, y, "grid");
      svg_.text(kLeft - 8, y, chart_.log_y ? power_text(tick) : fmt::format("{:.{}f}", tick, tick_decimals(ticks)),
                Anchor::end, "tick");
    }
    svg_.line(kLeft, bottom_, right_, bottom_, "axis");
    if (chart_.x_names.empty()) {
      for (const double tick : x_.logarithmic ? log_ticks(x_.low, x_.high) : round_ticks(x_.low, x_.high, 6))
        draw_x_tick(tick, format_short(tick));
    } else {
      for (std::size_t i = 0; i < chart_.x_names.size(); ++i) {
        const auto at = static_cast<double>(i);
        if (at >= x_.low && at <= x_.high) draw_x_tick(at, chart_.x_names[i]);
      }
    }
    svg_.text((kLeft + right_) / 2, bottom_ + 34, chart_.x_label, Anchor::middle, "tick");
    svg_.text(0, 12, chart_.y_label, Anchor::start, "tick");
  }

  void draw_x_tick(double value, const std::string& name) {
    svg_.line(x_.at(value), bottom_, x_.at(value), bottom_ + 4, "axis");
    svg_.text(x_.at(value), bottom_ + 15, name, Anchor::middle, "tick");
  }

  /// Averages points that share a pixel.
  std::vector<Svg::Spot> spots(const ChartSeries& series) const {
    std::vector<Svg::Spot> out;
    double bin = 0, count = 0;
    for (const auto& p : series.points) {
      if (p.hollow) continue;
      const Svg::Spot spot{x_.at(p.x), y_.at(p.y)};
      if (series.markers || out.empty() || std::floor(spot.x) != bin) {
        bin = std::floor(spot.x);
        count = 1;
        out.push_back(spot);
      } else {
        ++count;
        out.back().x += (spot.x - out.back().x) / count;
        out.back().y += (spot.y - out.back().y) / count;
      }
    }
    return out;
  }

  void draw_gap() {
    auto area = spots(lines_[0]);
    const auto back = spots(lines_[1]);
    area.insert(area.end(), back.rbegin(), back.rend());
    svg_.polyline(area, "gap-area", true);
  }

  void draw_mark(const ChartMark& mark) {
    if (!(mark.x >= x_.low && mark.x <= x_.high)) return;
    svg_.line(x_.at(mark.x), top_ - 6, x_.at(mark.x), bottom_, "mark");
    svg_.text(x_.at(mark.x), top_ - 13, mark.name, Anchor::middle, "tick");
  }

  void draw_reference(const ChartReference& reference) {
    const double high = y_.at(reference.value.high), low = y_.at(reference.value.low);
    if (low > high) svg_.rect(kLeft, high, right_ - kLeft, low - high, "band tone-" + reference.tone);
    const double y = y_.at(reference.value.mean);
    svg_.line(kLeft, y, right_, y, "reference tone-" + reference.tone);
  }

  void draw_series(const ChartSeries& series) {
    const std::string tone = " tone-" + series.tone;
    if (series.line) svg_.polyline(spots(series), (series.dashed ? "curve dashed" : "curve") + tone);
    if (!series.markers) return;
    for (const auto& p : series.points) {
      const double x = x_.at(p.x) + (series.line ? 0 : 13);  // beside the dots of another series
      const double low = chart_.log_y ? std::max(p.low, y_.low) : p.low;
      if (p.high > low && !p.hollow) svg_.line(x, y_.at(low), x, y_.at(p.high), "whisker" + tone);
      const double y = std::clamp(y_.at(p.y), top_, bottom_);
      if (series.line && !p.hollow) svg_.circle(x, y, 4, "dot" + tone);
      else svg_.polyline({{x - 7, y}, {x, y - 7}, {x + 7, y}, {x, y + 7}}, "diamond" + tone, true);
      if (!p.hollow) svg_.hint(format_value(p.y, chart_.unit));
    }
    if (!series.peak) return;
    const auto top = std::max_element(series.points.begin(), series.points.end(),
                                      [](const ChartPoint& a, const ChartPoint& b) { return a.y < b.y; });
    svg_.text(x_.at(top->x) + 6, y_.at(std::max(top->y, top->high)) - 15, format_value(top->y, chart_.unit),
              Anchor::end, "name" + tone);
  }

  void draw_labels() {
    std::vector<double> wanted;
    for (const auto& label : labels_) wanted.push_back(y_.at(label.y));
    const auto placed = spread(wanted, kLabelHeight, top_, bottom_ - 2);
    for (std::size_t i = 0; i < labels_.size(); ++i) {
      if (std::abs(placed[i] - wanted[i]) > 2 && labels_[i].tone != "gap")
        svg_.line(right_, wanted[i], right_ + kLabelGap - 2, placed[i], "leader");
      svg_.text(right_ + kLabelGap, placed[i], labels_[i].text, Anchor::start, "name tone-" + labels_[i].tone);
    }
  }

  LineChart chart_;
  Svg svg_;
  std::vector<ChartSeries> lines_;
  std::vector<Label> labels_;
  Axis x_, y_;
  double right_ = 0, bottom_ = 0, top_ = kTop;
};

}  // namespace

ChartPoint chart_point(double x, double y) { return {.x = x, .y = y, .low = y, .high = y}; }
ChartPoint chart_point(double x, const Estimate& e) { return {.x = x, .y = e.mean, .low = e.low, .high = e.high}; }

std::string draw(const LineChart& chart) { return Drawing(chart).draw(); }

}  // namespace othello
