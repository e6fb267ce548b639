#include "report/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

namespace othello {
namespace {

/// Typographic minus; "-0.0" is written as "0.0".
std::string digits(double value, int decimals, bool with_sign) {
  const std::string text = fmt::format("{:.{}f}", std::abs(value), decimals);
  const bool zero = text.find_first_not_of("0.") == std::string::npos;
  if (zero) return text;
  return (value < 0 ? "−" : with_sign ? "+" : "") + text;
}

/// Two decimals of a plain number and one of a percentage; one more where `width`, the size of what matters, would
/// not show otherwise.
int decimals_for(Unit unit, double width) {
  const int usual = unit == Unit::plain ? 2 : 1;
  const double last_digit = std::pow(10, -usual) / (unit == Unit::plain ? 1 : 100);
  return width > 0 && width < 2 * last_digit ? usual + 1 : usual;
}

std::string bare(double value, Unit unit, int decimals) {
  return digits(unit == Unit::plain ? value : 100 * value, decimals, unit == Unit::points);
}

std::string suffix(Unit unit) { return unit == Unit::percent ? " %" : unit == Unit::points ? " points" : ""; }

int decimals_of(const Estimate& e, Unit unit) { return decimals_for(unit, e.high - e.low); }

std::string mean_text(const Estimate& e, Unit unit) { return bare(e.mean, unit, decimals_of(e, unit)) + suffix(unit); }

std::string replace_all(std::string text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

}  // namespace

std::string format_value(double value, Unit unit) {
  // A difference too small for the usual digits is not nothing.
  const double width = unit == Unit::points && std::abs(value) < 5e-4 ? std::abs(value) : 0;
  return bare(value, unit, decimals_for(unit, width)) + suffix(unit);
}

std::string format_interval(const Estimate& e, Unit unit) {
  const int decimals = decimals_of(e, unit);
  return bare(e.low, unit, decimals) + " to " + bare(e.high, unit, decimals);
}

std::string format_estimate(const Estimate& e, Unit unit) {
  return mean_text(e, unit) + " (" + format_interval(e, unit) + ")";
}

std::string format_estimate(const Estimate& e, Unit unit, std::string_view counted) {
  return fmt::format("{} ({}; {} {})", mean_text(e, unit), format_interval(e, unit),
                     format_count(static_cast<double>(e.n)), counted);
}

std::string format_defined(const std::optional<Estimate>& e, Unit unit) {
  return e ? format_estimate(*e, unit) : "undefined";
}

std::string keep_units(std::string text) {
  text = replace_all(replace_all(std::move(text), " %", "\u00a0%"), " points", "\u00a0points");
  const auto starts_number = [](std::string_view rest) {
    return !rest.empty() &&
           (std::isdigit(static_cast<unsigned char>(rest[0])) || rest[0] == '+' || rest.starts_with("−"));
  };
  for (auto at = text.find(" to "); at != std::string::npos; at = text.find(" to ", at + 1))
    if (at > 0 && std::isdigit(static_cast<unsigned char>(text[at - 1])) &&
        starts_number(std::string_view(text).substr(at + 4)))
      text.replace(at, 4, "\u00a0to\u00a0");
  return text;
}

std::string shell_word(std::string word) {
  const bool simple = !word.empty() && std::all_of(word.begin(), word.end(), [](unsigned char c) {
    return std::isalnum(c) || std::string_view("-_./=,:+@%").find(static_cast<char>(c)) != std::string_view::npos;
  });
  return simple ? word : "'" + replace_all(std::move(word), "'", "'\\''") + "'";
}

std::string plain_spaces(std::string text) { return replace_all(std::move(text), "\u00a0", " "); }

std::string format_count(double count) {
  std::string text = fmt::format("{:.0f}", std::abs(count));
  for (int at = static_cast<int>(text.size()) - 3; at > 0; at -= 3) text.insert(static_cast<std::size_t>(at), ",");
  return (count < 0 ? "−" : "") + text;
}

std::string format_short(double count) {
  const auto scaled = [](double value, const char* unit) {
    return fmt::format("{:.{}f} {}", value, value < 10 && std::abs(value - std::round(value)) >= 0.05 ? 1 : 0, unit);
  };
  if (std::abs(count) >= 999.5e3) return scaled(count / 1e6, "M");
  if (std::abs(count) >= 1e3) return scaled(count / 1e3, "k");
  return fmt::format("{:.0f}", count);
}

int text_columns(std::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace othello
