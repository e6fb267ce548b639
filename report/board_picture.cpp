#include "report/board_picture.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/notation.h"
#include "report/svg.h"

namespace othello {
namespace {

/// Places of the squares, and the names of files and ranks around them. Rank 1 is the top row.
class Frame {
 public:
  Frame(Svg& svg, const BoardSize& size, double width)
      : first_((8 - size.side) / 2), cell_((width - kMargin - 2) / size.side) {
    for (int i = 0; i < size.side; ++i) {
      const double middle = kMargin + (i + 0.5) * cell_;
      svg.text(middle, kMargin / 2, std::string(1, static_cast<char>('a' + first_ + i)), Anchor::middle, "tick", 10);
      svg.text(kMargin / 2, middle, std::to_string(first_ + i + 1), Anchor::middle, "tick", 10);
    }
  }

  double cell() const { return cell_; }
  double left(Square s) const { return kMargin + (s % 8 - first_) * cell_; }
  double top(Square s) const { return kMargin + (s / 8 - first_) * cell_; }
  double middle_x(Square s) const { return left(s) + cell_ / 2; }
  double middle_y(Square s) const { return top(s) + cell_ / 2; }

  static constexpr double kMargin = 16;

 private:
  int first_;
  double cell_;
};

/// "12", "<1" for what rounds to nothing.
std::string whole_percent(double share) { return share < 0.005 ? "<1" : fmt::format("{}", std::lround(100 * share)); }

}  // namespace

Bits top_moves(const SquareValues& probability, Bits legal) {
  std::vector<Square> squares;
  for (Square s = 0; s < 64; ++s)
    if (probability[static_cast<std::size_t>(s)]) squares.push_back(s);
  const auto value = [&](Square s) { return *probability[static_cast<std::size_t>(s)]; };
  std::stable_sort(squares.begin(), squares.end(), [&](Square a, Square b) { return value(a) > value(b); });
  Bits top = 0;
  for (std::size_t i = 0; i < squares.size() && static_cast<int>(i) < count(legal); ++i) top |= bit(squares[i]);
  return top;
}

std::string draw(const BoardPicture& picture) {
  constexpr double kWidth = 292;
  Svg svg(kWidth, kWidth, picture.title);
  const Frame frame(svg, picture.size, kWidth);
  const double cell = frame.cell();
  double strongest = 0.25;  // one fixed scale for most boards, so that shades compare between them
  for (const auto& p : picture.probability) strongest = std::max(strongest, p.value_or(0));
  const Bits top = top_moves(picture.probability, picture.legal);
  for_each_square(picture.size.squares, [&](Square s) {
    const double x = frame.middle_x(s), y = frame.middle_y(s);
    const auto& probability = picture.probability[static_cast<std::size_t>(s)];
    const Rgb colour = warm(std::sqrt(probability.value_or(0) / strongest));  // the root keeps small shares visible
    svg.cell(frame.left(s), frame.top(s), cell, cell, hex(colour), "square");
    if (picture.black & bit(s)) svg.circle(x, y, 0.38 * cell, "disc-black");
    if (picture.white & bit(s)) svg.circle(x, y, 0.38 * cell, "disc-white");
    const bool legal = picture.legal & bit(s), chosen = top & bit(s);
    if (legal) svg.circle(x, y, 0.4 * cell, chosen ? "legal" : "legal missed");
    if (chosen && !legal) {
      const double near = 0.1 * cell, far = 0.28 * cell;
      const double right = frame.left(s) + cell;
      svg.line(right - near, frame.top(s) + near, right - far, frame.top(s) + far, "wrong");
      svg.line(right - far, frame.top(s) + near, right - near, frame.top(s) + far, "wrong");
    }
    const bool empty = !((picture.black | picture.white) & bit(s));
    if (probability && (legal || (*probability >= 0.005 && empty)))
      svg.text(x, y, whole_percent(*probability), Anchor::middle, legal ? "number" : "", 0.3 * cell, ink_on(colour));
  });
  if (picture.highlighted)
    svg.rect(frame.left(*picture.highlighted), frame.top(*picture.highlighted), cell, cell, "flipped");
  return svg.str();
}

std::string draw(const BoardHeat& heat) {
  Svg svg(heat.width, heat.width, heat.title);
  const Frame frame(svg, heat.size, heat.width);
  for_each_square(heat.size.squares, [&](Square s) {
    const auto& value = heat.values[static_cast<std::size_t>(s)];
    if (!value) return;
    const Rgb colour = heat.scale.at(*value);
    svg.cell(frame.left(s), frame.top(s), frame.cell() - 1, frame.cell() - 1, hex(colour));
    svg.hint(square_name(s) + ": " + format_value(*value, heat.unit));
    const long points = std::lround(100 * *value);
    const std::string sign = heat.unit != Unit::points || points == 0 ? "" : points > 0 ? "+" : "−";
    svg.text(frame.middle_x(s) - 0.5, frame.middle_y(s) - 0.5, fmt::format("{}{}", sign, std::abs(points)),
             Anchor::middle, "", std::min(11.0, 0.42 * frame.cell()), ink_on(colour));
  });
  return svg.str();
}

}  // namespace othello
