// Horizontal bars with whiskers.
#pragma once

#include <string>
#include <vector>

#include "report/format.h"

namespace othello {

struct Bar {
  std::string name;
  Estimate value;
  std::string tone;
};

struct BarChart {
  std::string title;  // what the picture shows, for screen readers
  std::string x_label;
  Unit unit = Unit::plain;
  std::vector<Bar> bars;
  double width = 420;
};

/// Bars from 0, each with its value and interval written beside it.
std::string draw(const BarChart& chart);

}  // namespace othello
