// Other programs, run by tests.
#pragma once

#include <csignal>
#include <optional>
#include <string>
#include <vector>

namespace othello::test {

struct ProcessResult {
  int code = 0;     // exit code, or −signal if a signal ended it
  std::string out;  // stdout
  std::string err;  // stderr
};

/// Runs `program` with `arguments` and waits for it. With `signal_after` > 0 it gets `signal` after that many
/// milliseconds.
ProcessResult run_process(const std::string& program, const std::vector<std::string>& arguments, int signal_after = 0,
                          int signal = SIGINT);

/// An environment variable of this process and those it runs, unset for the scope's time unless `set`.
class ScopedEnvironment {
 public:
  explicit ScopedEnvironment(std::string name);
  ~ScopedEnvironment();
  ScopedEnvironment(const ScopedEnvironment&) = delete;
  ScopedEnvironment& operator=(const ScopedEnvironment&) = delete;
  void set(const std::string& value) const;

 private:
  std::string name_;
  std::optional<std::string> before_;
};

}  // namespace othello::test
