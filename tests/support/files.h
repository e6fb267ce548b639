// Files for tests.
#pragma once

#include <filesystem>

namespace othello::test {

/// A new, empty folder that disappears with its object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::filesystem::path& name) const { return path_ / name; }
  /// Number of files and folders directly inside.
  std::ptrdiff_t entries() const;

 private:
  std::filesystem::path path_;
};

}  // namespace othello::test
