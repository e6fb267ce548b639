#include "report/colour.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

namespace othello {
namespace {

constexpr std::array<Rgb, 9> kYellowBlue{{{255, 255, 226},
                                          {237, 248, 190},
                                          {199, 233, 180},
                                          {127, 205, 187},
                                          {65, 182, 196},
                                          {29, 145, 192},
                                          {34, 94, 168},
                                          {37, 52, 148},
                                          {8, 29, 88}}};
constexpr std::array<Rgb, 6> kOranges{
    {{246, 246, 241}, {253, 226, 190}, {253, 192, 125}, {247, 148, 66}, {222, 103, 20}, {166, 70, 3}}};
constexpr std::array<Rgb, 5> kBlues{{{247, 247, 247}, {201, 221, 236}, {128, 178, 213}, {54, 126, 181}, {8, 72, 130}}};

Rgb interpolate(std::span<const Rgb> stops, double t) {
  const double place = std::clamp(t, 0.0, 1.0) * static_cast<double>(stops.size() - 1);
  const auto left = std::min(static_cast<std::size_t>(place), stops.size() - 2);
  const double share = place - static_cast<double>(left);
  const auto mix = [&](double Rgb::*channel) {
    return stops[left].*channel * (1 - share) + stops[left + 1].*channel * share;
  };
  return {mix(&Rgb::red), mix(&Rgb::green), mix(&Rgb::blue)};
}

/// Relative luminance of WCAG 2.1.
double luminance(const Rgb& c) {
  const auto linear = [](double value) {
    const double v = value / 255;
    return v <= 0.03928 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * linear(c.red) + 0.7152 * linear(c.green) + 0.0722 * linear(c.blue);
}

}  // namespace

Rgb sequential(double t) { return interpolate(kYellowBlue, t); }
Rgb warm(double t) { return interpolate(kOranges, t); }
Rgb diverging(double t) { return t < 0 ? interpolate(kOranges, -t) : interpolate(kBlues, t); }

std::string hex(const Rgb& c) {
  return fmt::format("#{:02x}{:02x}{:02x}", std::lround(c.red), std::lround(c.green), std::lround(c.blue));
}

std::string ink_on(const Rgb& colour) {
  const double light = luminance(colour) + 0.05;
  return light / (luminance({26, 26, 26}) + 0.05) >= 1.05 / light ? "#1a1a1a" : "#ffffff";
}

}  // namespace othello
