// Catch2, whichever version is installed: v2 (Debian 12) and v3 (Debian 13) differ in their headers only here.
// Tests that also use LibTorch include support/torch_test.h instead.
#pragma once

// LibTorch's logging (glog's or its own) defines an aborting CHECK. Read first, it gives way here; read after Catch2 it
// would silently replace Catch2's.
#undef CHECK

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
namespace othello::test {
using Approx = Catch::Approx;
}
#else
#include <catch2/catch.hpp>
namespace othello::test {
using Approx = Catch::Detail::Approx;
}
#endif

#include <string>
#include <string_view>

#include "common/error.h"

namespace othello::test {

/// The sentence of the Error that `action` throws; "" if it throws none.
template <class Action>
std::string error_of(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

inline bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

}  // namespace othello::test
