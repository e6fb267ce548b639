// The one exception type of the workbench.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace othello {

/// Carries one sentence that a user can act on: which file, which line or byte, what was expected.
/// Libraries throw it and never print, abort or exit; `main` catches it once.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A wrong flag or argument rather than a failure at work: exit code 2 instead of 1.
class UsageError : public Error {
 public:
  using Error::Error;
};

template <class... Args>
[[noreturn]] void fail(fmt::format_string<Args...> text, Args&&... args) {
  throw Error(fmt::format(text, std::forward<Args>(args)...));
}

}  // namespace othello
