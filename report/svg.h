// A small SVG builder for pictures that stand inline in an HTML page, whose style sheet colours them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/markup.h"

namespace othello {

/// Where a text hangs on its point.
enum class Anchor { start, middle, end };

/// Height of the charts' type in user units; one user unit is one CSS pixel unless the page is narrower.
inline constexpr double kFontSize = 12;

/// Width that `text` will take at `size`: an estimate that errs on the wide side.
double text_width(std::string_view text, double size = kFontSize);

/// Collects shapes; colours and strokes come from the classes named in `style` (see style.cpp).
class Svg {
 public:
  /// `title` is read aloud by screen readers and must say what the picture shows.
  Svg(double width, double height, std::string title);

  void line(double x1, double y1, double x2, double y2, std::string_view style);
  void rect(double x, double y, double width, double height, std::string_view style);
  /// With a fixed colour, for heat maps.
  void cell(double x, double y, double width, double height, std::string_view fill, std::string_view style = "");
  void circle(double x, double y, double radius, std::string_view style);
  /// Straight lines through the points; `closed` for areas.
  struct Spot {
    double x, y;
  };
  void polyline(const std::vector<Spot>& spots, std::string_view style, bool closed = false);
  /// `y` is the middle of the text, whatever the size.
  void text(double x, double y, std::string_view text, Anchor anchor, std::string_view style, double size = kFontSize,
            std::string_view fill = "");
  /// Adds what a pointer shows over the last shape.
  void hint(std::string_view text);

  std::string str() const;

 private:
  void add(std::string_view name, Attributes attributes);

  double width_;
  double height_;
  std::string title_;
  std::string body_;
};

}  // namespace othello
