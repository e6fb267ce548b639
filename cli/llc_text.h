// The result of `llc` for people.
#pragma once

#include <string>

#include "common/config.h"

namespace othello {

std::string llc_text(const Json& document);

}  // namespace othello
