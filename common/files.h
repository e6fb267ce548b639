// Files that are never half written, and checksums of what was written.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace othello {

/// The whole file. Throws Error if it is missing, a folder or unreadable.
std::string read_file(const std::filesystem::path& path);

/// Writes to a temporary name beside `path`, syncs, renames: readers see the old or the new file, never a part. What a
/// link points to is replaced, not the link; pipes and devices are written to directly.
/// Throws Error (disk full, folder not writable, …) that names `path` and leaves what existed as it was.
void write_file(const std::filesystem::path& path, std::string_view bytes);

/// A file that is written piece by piece, as `write_file` writes a whole one: it appears when `finish` is called, and
/// never if it is not.
class FileWriter {
 public:
  explicit FileWriter(const std::filesystem::path& path);
  ~FileWriter();
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;
  void append(std::string_view bytes);
  void finish();

 private:
  std::filesystem::path path_, temporary_;
  int fd_;
};

/// Fills a temporary folder beside `path` by `fill(folder)` and renames it to `path`, replacing an older one. If
/// `fill` throws, the temporary folder is removed and what existed stays; an Error names files as if inside `path`.
void write_folder(const std::filesystem::path& path, const std::function<void(const std::filesystem::path&)>& fill);

/// The same for a folder that must not exist or be empty, then and when it is renamed: nothing is ever replaced.
void write_new_folder(const std::filesystem::path& path, const std::function<void(const std::filesystem::path&)>& fill);

/// Appends one line and syncs it to the system; throws Error if it could not be written whole.
void append_line(const std::filesystem::path& path, std::string_view line);

/// Makes the folder and its parents. Throws Error with the reason.
void make_folder(const std::filesystem::path& path);

/// Throws Error if `path` is anything but absent or an empty folder: output never mixes with what was there.
void require_new_folder(const std::filesystem::path& path);

/// Keeps a folder for this process until the object or the process is gone. Throws Error if another one has it.
class FolderLock {
 public:
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int fd_;
};

/// SHA-256 as 64 hexadecimal digits, as `sha256sum` prints it.
std::string sha256(std::string_view bytes);

/// The same of bytes that come piece by piece.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void add(std::string_view bytes);
  /// Of all that was added; nothing can be added after it.
  std::string hex();

 private:
  void* context_;  // OpenSSL's
};

}  // namespace othello
