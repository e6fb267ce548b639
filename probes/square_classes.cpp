#include "probes/square_classes.h"

#include <algorithm>

namespace othello {

const std::vector<std::string>& square_class_names() {
  static const std::vector<std::string> kNames{"corner", "c-square", "x-square", "edge", "centre", "inner"};
  return kNames;
}

int square_class(const BoardSize& board, Square square) {
  if (kCentre & bit(square)) return 4;
  const int first = (8 - board.side) / 2, last = first + board.side - 1;
  const auto to_border = [&](int line) { return std::min(line - first, last - line); };
  const auto [near, far] = std::minmax({to_border(square % 8), to_border(square / 8)});
  if (far == 0) return 0;
  if (far == 1) return near == 0 ? 1 : 2;
  return near == 0 ? 3 : 5;
}

}  // namespace othello
