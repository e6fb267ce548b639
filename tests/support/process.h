// Other programs, run by tests.
#pragma once

#include <string>
#include <vector>

namespace othello::test {

struct ProcessResult {
  int code = 0;     // exit code, or −signal if a signal ended it
  std::string out;  // stdout
  std::string err;  // stderr
};

/// Runs `program` with `arguments` and waits for it. With `interrupt_after` > 0 it gets a SIGINT after that many
/// milliseconds.
ProcessResult run_process(const std::string& program, const std::vector<std::string>& arguments,
                          int interrupt_after = 0);

}  // namespace othello::test
