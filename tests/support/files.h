// Files for tests.
#pragma once

#include <sys/resource.h>

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

/// As a full disk: no file may grow beyond `bytes` while the object lives.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes);
  ~FullDisk();
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
};

}  // namespace othello::test
