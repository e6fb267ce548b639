// What lens found, as tables for a terminal of 100 columns.
#pragma once

#include <string>

#include "common/config.h"

namespace othello {

std::string lens_text(const Json& document);

}  // namespace othello
