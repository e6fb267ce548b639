// Numbers as people read them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/statistics.h"

namespace othello {

/// How a number is written: a share as percent, a difference of shares as percentage points, anything else plain.
enum class Unit { percent, points, plain };

/// 0.9134 → "91.3 %"; a difference 0.031 → "+3.1 points"; 1.2 → "1.20".
std::string format_value(double value, Unit unit);

/// "91.1 to 91.5": the ends of the 95 % interval without their unit. Narrow intervals get one decimal more.
std::string format_interval(const Estimate& estimate, Unit unit);

/// "91.3 % (91.1 to 91.5)"
std::string format_estimate(const Estimate& estimate, Unit unit);

/// "91.3 % (91.1 to 91.5; 500 games)"
std::string format_estimate(const Estimate& estimate, Unit unit, std::string_view counted);

/// Likewise, or "undefined".
std::string format_defined(const std::optional<Estimate>& estimate, Unit unit);

/// 187392 → "187,392"
std::string format_count(double count);

/// 187392 → "187 k", 1200000 → "1.2 M": for axes and run facts.
std::string format_short(double count);

/// The text with spaces that do not break between a number and its unit and inside an interval.
std::string keep_units(std::string text);
/// The same text with plain spaces again.
std::string plain_spaces(std::string text);

/// `word` as a shell reads it: in quotes where it needs them.
std::string shell_word(std::string word);

/// Characters on screen of a UTF-8 text (its code points).
int text_columns(std::string_view text);

}  // namespace othello
