// What ntk found, as tables for people.
#pragma once

#include <string>

#include "common/config.h"

namespace othello {

std::string ntk_text(const Json& document);
/// What it would take, of --dry-run.
std::string ntk_cost_text(const Json& document);

}  // namespace othello
