// The result document of `emergence` as a text of tables.
#pragma once

#include <string>

#include "common/config.h"

namespace othello {

std::string emergence_text(const Json& document);

}  // namespace othello
