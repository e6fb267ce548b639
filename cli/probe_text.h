// The result document of `probe` as a text of tables.
#pragma once

#include <string>

#include "common/config.h"

namespace othello {

std::string probe_text(const Json& document);

}  // namespace othello
