#include "tests/support/files.h"

#include <signal.h>
#include <stdlib.h>

#include <iterator>
#include <string>

#include "common/error.h"

namespace fs = std::filesystem;

namespace othello::test {

TemporaryFolder::TemporaryFolder() {
  std::string name = (fs::temp_directory_path() / "othello-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) fail("cannot make a temporary folder {}", name);
  path_ = fs::canonical(name);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::ptrdiff_t TemporaryFolder::entries() const { return std::distance(fs::directory_iterator(path_), {}); }

FullDisk::FullDisk(rlim_t bytes) {
  ::signal(SIGXFSZ, SIG_IGN);
  ::getrlimit(RLIMIT_FSIZE, &before_);
  const rlimit limit{bytes, before_.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &limit);
}

FullDisk::~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &before_); }

}  // namespace othello::test
