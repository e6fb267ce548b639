// Horizontal bars with whiskers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/format.h"

namespace othello {

struct Bar {
  std::string name;
  std::optional<Estimate> value;  // nothing: written "undefined"
  std::string tone;
  std::string instead = {};  // what is written in place of a value that is not to be relied on
};

struct BarChart {
  std::string title;  // what the picture shows, for screen readers
  std::string x_label;
  Unit unit = Unit::plain;
  std::vector<Bar> bars;
  double width = 420;
  double reach = 0;  // the axis goes at least to here: for charts that share a scale
};

/// Bars from 0 (to the left where negative), each with its value and interval written beside it.
std::string draw(const BarChart& chart);

}  // namespace othello
