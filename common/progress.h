// One line of live progress on stderr.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace othello {

/// Whether stderr is a terminal that can redraw a line.
bool stderr_is_terminal();

/// Whether colours are wanted on `stdout`: a terminal, NO_COLOR unset or empty, TERM not "dumb".
bool colour_wanted();

/// Seconds on a steady clock since construction.
class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// A line that is redrawn in place on a terminal at most ten times a second; elsewhere a plain line every half
/// minute, so that a log stays short. Silent after `set_progress_quiet(true)`.
class Progress {
 public:
  explicit Progress(std::string title) : title_(std::move(title)) {}
  ~Progress() { finish(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Shows `text` (figures, time left) beside a bar for `fraction` in [0, 1].
  void update(double fraction, std::string_view text);
  /// Clears the line.
  void finish();

 private:
  std::string title_;
  Stopwatch clock_;
  double next_ = 0;
  bool drawn_ = false;
};

void set_progress_quiet(bool quiet);

/// "4:07" or "1:02:33".
std::string format_duration(double seconds);

}  // namespace othello
