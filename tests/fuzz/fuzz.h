// What fuzz targets share: arbitrary bytes may be refused by an Error and nothing else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/error.h"

namespace othello::fuzz {

/// Calls `action` with the input. Any other exception than Error ends the process, which libFuzzer reports.
template <class Action>
int run(const std::uint8_t* data, std::size_t size, const Action& action) {
  try {
    action(std::string_view(reinterpret_cast<const char*>(data), size));
  } catch (const Error&) {
  }
  return 0;
}

/// A promise of the code under test: broken, it is a finding as a crash is.
inline void require(bool promise) {
  if (!promise) std::abort();
}

}  // namespace othello::fuzz
