#include "report/svg.h"

#include <fmt/format.h>

#include "report/format.h"

namespace othello {
namespace {

/// At most two decimals and no trailing zeros: small files.
std::string coordinate(double value) {
  std::string text = fmt::format("{:.2f}", value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

}  // namespace

double text_width(std::string_view text, double size) { return 0.6 * size * text_columns(text); }

Svg::Svg(double width, double height, std::string title) : width_(width), height_(height), title_(std::move(title)) {}

void Svg::add(std::string_view name, Attributes attributes) { body_ += empty_element(name, attributes) + "\n"; }

void Svg::line(double x1, double y1, double x2, double y2, std::string_view style) {
  add("line", {{"x1", coordinate(x1)},
               {"y1", coordinate(y1)},
               {"x2", coordinate(x2)},
               {"y2", coordinate(y2)},
               {"class", std::string(style)}});
}

void Svg::rect(double x, double y, double width, double height, std::string_view style) {
  add("rect", {{"x", coordinate(x)},
               {"y", coordinate(y)},
               {"width", coordinate(width)},
               {"height", coordinate(height)},
               {"class", std::string(style)}});
}

void Svg::cell(double x, double y, double width, double height, std::string_view fill, std::string_view style) {
  Attributes attributes{{"x", coordinate(x)},
                        {"y", coordinate(y)},
                        {"width", coordinate(width)},
                        {"height", coordinate(height)},
                        {"fill", std::string(fill)}};
  if (!style.empty()) attributes.emplace_back("class", std::string(style));
  add("rect", std::move(attributes));
}

void Svg::circle(double x, double y, double radius, std::string_view style) {
  add("circle",
      {{"cx", coordinate(x)}, {"cy", coordinate(y)}, {"r", coordinate(radius)}, {"class", std::string(style)}});
}

void Svg::polyline(const std::vector<Spot>& spots, std::string_view style, bool closed) {
  std::string points;
  for (const auto& spot : spots) points += (points.empty() ? "" : " ") + coordinate(spot.x) + "," + coordinate(spot.y);
  add(closed ? "polygon" : "polyline", {{"points", points}, {"class", std::string(style)}});
}

void Svg::text(double x, double y, std::string_view text, Anchor anchor, std::string_view style, double size,
               std::string_view fill) {
  static constexpr std::string_view kAnchors[] = {"start", "middle", "end"};
  Attributes attributes{{"x", coordinate(x)},
                        {"y", coordinate(y + 0.35 * size)},  // the baseline below the middle of the letters
                        {"text-anchor", std::string(kAnchors[static_cast<int>(anchor)])},
                        {"font-size", coordinate(size)}};
  if (!style.empty()) attributes.emplace_back("class", std::string(style));
  if (!fill.empty()) attributes.emplace_back("fill", std::string(fill));
  body_ += element("text", attributes, escape(text)) + "\n";
}

void Svg::hint(std::string_view text) {
  const auto tail = body_.rfind("/>");
  if (tail == std::string::npos || tail + 3 != body_.size()) return;
  const auto begin = body_.rfind('<', tail) + 1;
  const std::string name = body_.substr(begin, body_.find(' ', begin) - begin);
  body_.replace(tail, 3, ">" + element("title", {}, escape(text)) + "</" + name + ">\n");
}

std::string Svg::str() const {
  const Attributes attributes{{"viewBox", "0 0 " + coordinate(width_) + " " + coordinate(height_)},
                              {"role", "img"},
                              {"aria-label", title_},
                              {"style", "width:" + coordinate(width_) + "px"}};
  return element("svg", attributes, "\n" + element("title", {}, escape(title_)) + "\n" + body_);
}

}  // namespace othello
