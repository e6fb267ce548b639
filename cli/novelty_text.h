// What novelty found, as tables for a terminal of 100 columns.
#pragma once

#include <string>

#include "common/config.h"

namespace othello {

std::string novelty_text(const Json& document);

}  // namespace othello
