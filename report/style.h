// The style sheet of the report.
#pragma once

#include <string_view>

namespace othello {

/// CSS for the page and for the pictures in it: light, dark and print.
std::string_view style_sheet();

}  // namespace othello
