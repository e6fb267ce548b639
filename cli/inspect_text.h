// What `inspect` found, as tables for a terminal of 100 columns.
#pragma once

#include <string>

#include "common/config.h"

namespace othello {

/// Any facts: one line per value, what is nested indented below its name, equal values of several objects said once.
std::string facts_text(const Json& facts, int indent = 0);

/// The facts of a dataset: counts, openings, and its figures beside the uniform player's.
std::string dataset_text(const Json& facts);

}  // namespace othello
