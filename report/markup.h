// Text → markup: escaping and tags, shared by HTML and SVG.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace othello {

/// Attribute names with values that are not escaped yet.
using Attributes = std::vector<std::pair<std::string_view, std::string>>;

/// `text` as it must stand in element content or in a quoted attribute; control characters are left out.
std::string escape(std::string_view text);

/// <name a="…">
std::string open_tag(std::string_view name, const Attributes& attributes = {});

/// <name a="…">markup</name>; `markup` is taken as it is.
std::string element(std::string_view name, const Attributes& attributes, std::string_view markup);

/// <name a="…"/>: an SVG element without content.
std::string empty_element(std::string_view name, const Attributes& attributes);

}  // namespace othello
