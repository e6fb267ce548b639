// A matrix of numbered, coloured cells, and the legend of a colour scale.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "report/colour.h"
#include "report/format.h"

namespace othello {

/// Numbers from `low` to `high` as colours.
struct ColourScale {
  double low = 0;
  double high = 1;
  Rgb (*colour)(double) = sequential;
  bool reversed = false;    // the low end gets the strong colour
  bool centred = false;     // low = −high: `colour` takes −1 … 1
  bool open_below = false;  // values under `low` occur and look like it

  Rgb at(double value) const;
};

struct Matrix {
  std::string title;  // what the picture shows, for screen readers
  std::string row_label, column_label;
  std::vector<std::string> row_names, column_names;
  std::vector<std::vector<std::optional<double>>> cells;  // [row][column]; nothing = left blank
  ColourScale scale;
  Unit unit = Unit::plain;
  std::optional<std::pair<int, int>> outlined;  // row, column
};

std::string draw(const Matrix& matrix);

/// The scale as a strip with its ends and middle written under it.
std::string draw_legend(const ColourScale& scale, Unit unit, const std::string& label);

}  // namespace othello
