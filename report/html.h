// The page: one file, no scripts, nothing loaded from anywhere.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "report/markup.h"

namespace othello {

/// Strings named `markup` are taken as they are; every other one is escaped.

/// Escaped text whose numbers stay with their units.
std::string prose(std::string_view text);

std::string paragraph(std::string_view text, std::string_view style = "");

/// A picture (or several) under a sentence that says what is to be seen, above one that says how to read it.
std::string figure(std::string_view finding, std::string_view markup, std::string_view how_to_read);

/// A section with a heading and, under it, the question that it answers.
std::string section(std::string_view anchor, std::string_view heading, std::string_view markup);

/// What stands where a result is missing: the command that makes it.
std::string missing(std::string_view what, std::string_view command);

/// A shell command, ready to copy.
std::string code_block(std::string_view text);

using Cells = std::vector<std::string>;
/// A table of texts; the first cell of a row is its name.
std::string table(const Cells& head, const std::vector<Cells>& rows, std::string_view style = "");

/// A table that opens on a click.
std::string folded(std::string_view summary, std::string_view markup);

/// Pictures side by side, wrapping where the page is narrow.
std::string side_by_side(const std::vector<std::string>& markups, std::string_view style = "");

/// Name over value, many in a grid.
std::string facts(const std::vector<std::pair<std::string, std::string>>& items);

std::string page(std::string_view title, std::string_view markup);

}  // namespace othello
