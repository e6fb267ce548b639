#include "common/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "common/log.h"

namespace othello {
namespace {

std::atomic<bool> quiet{false};
/// One column less than the terminal has, at most 99.
std::size_t columns() {
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20;
  return std::min<std::size_t>(99, known ? size.ws_col - 1U : 99U);
}

bool dumb_terminal() {
  const char* term = std::getenv("TERM");
  return term != nullptr && std::string_view(term) == "dumb";
}

}  // namespace

bool stderr_is_terminal() { return ::isatty(STDERR_FILENO) == 1 && !dumb_terminal(); }

bool colour_wanted() {
  const char* no_color = std::getenv("NO_COLOR");
  return ::isatty(STDOUT_FILENO) == 1 && !dumb_terminal() && (no_color == nullptr || *no_color == '\0');
}

void set_progress_quiet(bool value) { quiet = value; }

void Progress::update(double fraction, std::string_view text) {
  if (quiet || clock_.seconds() < next_) return;
  const bool terminal = stderr_is_terminal();
  const bool first = next_ == 0;
  next_ = clock_.seconds() + (terminal ? 0.1 : 30.0);
  if (!terminal) {
    if (!first) log_info(fmt::format("{} {:3.0f} %  {}", title_, 100 * fraction, text));
    return;
  }
  constexpr int width = 16;
  const int filled = std::clamp(static_cast<int>(std::lround(fraction * width)), 0, width);
  std::string line = fmt::format("{} [{:=<{}}{: <{}}] {}", title_, "", filled, "", width - filled, text);
  const auto width_now = columns();
  if (line.size() > width_now) line.resize(width_now);
  fmt::print(stderr, "\r{:<{}}", line, width_now);
  std::fflush(stderr);
  drawn_ = true;
}

void Progress::finish() {
  if (drawn_) fmt::print(stderr, "\r{:<{}}\r", "", columns());
  drawn_ = false;
}

std::string format_duration(double seconds) {
  const auto s = static_cast<long>(std::lround(std::max(0.0, seconds)));
  return s < 3600 ? fmt::format("{}:{:02}", s / 60, s % 60)
                  : fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

}  // namespace othello
