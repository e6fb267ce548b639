// Other programs, run by tests.
#pragma once

#include <csignal>
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

}  // namespace othello::test
