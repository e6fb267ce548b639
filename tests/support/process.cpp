#include "tests/support/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "common/error.h"
#include "common/files.h"
#include "tests/support/files.h"

namespace othello::test {
namespace {

/// In the child: stdout and stderr go to files, so that neither can fill a pipe.
void redirect(const std::string& file, int descriptor) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (fd < 0 || ::dup2(fd, descriptor) < 0) ::_exit(126);
}

}  // namespace

ProcessResult run_process(const std::string& program, const std::vector<std::string>& arguments, int signal_after,
                          int signal) {
  const TemporaryFolder folder;
  const std::string out = folder / "out";
  const std::string err = folder / "err";
  std::vector<std::string> words{program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  const pid_t child = ::fork();
  if (child < 0) fail("cannot start {}", program);
  if (child == 0) {
    redirect(out, STDOUT_FILENO);
    redirect(err, STDERR_FILENO);
    ::execv(program.c_str(), argv.data());
    ::_exit(127);
  }
  if (signal_after > 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(signal_after));
    ::kill(child, signal);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), read_file(out), read_file(err)};
}

ScopedEnvironment::ScopedEnvironment(std::string name) : name_(std::move(name)) {
  if (const char* value = std::getenv(name_.c_str())) before_ = value;
  ::unsetenv(name_.c_str());
}
ScopedEnvironment::~ScopedEnvironment() {
  if (before_) set(*before_);
  else ::unsetenv(name_.c_str());
}
void ScopedEnvironment::set(const std::string& value) const { ::setenv(name_.c_str(), value.c_str(), 1); }

}  // namespace othello::test
