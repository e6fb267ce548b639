#include "common/files.h"

#include <fcntl.h>
#include <openssl/sha.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "common/error.h"

namespace fs = std::filesystem;

namespace othello {
namespace {

/// An open descriptor that closes itself.
class Descriptor {
 public:
  Descriptor(const fs::path& path, int flags) : path_(path), fd_(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {
    if (fd_ < 0) fail("cannot write {}: {}", path_.string(), std::strerror(errno));
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto n = ::write(fd_, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail("cannot write {}: {}", path_.string(), std::strerror(errno));
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }

  void sync_and_close() {
    const bool ok = ::fsync(fd_) == 0 || errno == EINVAL || errno == EROFS;  // pipes and the like cannot sync
    const int reason = errno;
    const bool closed = ::close(std::exchange(fd_, -1)) == 0;
    if (!ok || !closed) fail("cannot write {}: {}", path_.string(), std::strerror(ok ? errno : reason));
  }

 private:
  fs::path path_;
  int fd_;
};

fs::path temporary_name(const fs::path& path) {
  auto name = path;
  name += fmt::format(".tmp-{}", ::getpid());
  return name;
}

void rename_or_fail(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) fail("cannot write {}: {}", to.string(), error.message());
}

}  // namespace

std::string read_file(const fs::path& path) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (!fs::exists(status)) fail("{}: no such file", path.string());
  if (fs::is_directory(status)) fail("{} is a folder, but a file was expected", path.string());
  std::ifstream in(path, std::ios::binary);
  if (!in) fail("cannot read {}: {}", path.string(), std::strerror(errno));
  constexpr std::size_t kBlock = 1 << 16;
  const auto expected = fs::file_size(path, error);  // of pipes and the like it is not known
  std::string bytes;
  for (std::size_t size = 0; in;) {
    bytes.resize(std::max(size + kBlock, error ? 0 : static_cast<std::size_t>(expected) + 1));
    in.read(bytes.data() + size, static_cast<std::streamsize>(bytes.size() - size));
    size += static_cast<std::size_t>(in.gcount());
    if (!in) bytes.resize(size);
  }
  if (in.bad()) fail("cannot read {}: {}", path.string(), std::strerror(errno));
  return bytes;
}

void write_file(const fs::path& path, std::string_view bytes) {
  const auto temporary = temporary_name(path);
  try {
    Descriptor file(temporary, O_WRONLY | O_CREAT | O_TRUNC);
    file.write(bytes);
    file.sync_and_close();
    rename_or_fail(temporary, path);
  } catch (...) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    throw;
  }
}

void write_folder(const fs::path& name, const std::function<void(const fs::path&)>& fill) {
  // "a/b/" and "." would put the temporary folder inside the one that is to be replaced.
  std::error_code ignored;
  fs::path path = fs::weakly_canonical(name, ignored);
  if (!path.has_filename()) path = path.parent_path();
  if (!path.has_filename()) fail("'{}' cannot be the name of a new folder", name.string());
  const auto temporary = temporary_name(path);
  fs::remove_all(temporary, ignored);
  try {
    make_folder(temporary);
    fill(temporary);
    fs::remove_all(path, ignored);
    rename_or_fail(temporary, path);
  } catch (...) {
    fs::remove_all(temporary, ignored);
    throw;
  }
}

void append_line(const fs::path& path, std::string_view line) {
  Descriptor file(path, O_WRONLY | O_CREAT | O_APPEND);
  file.write(std::string(line) + '\n');
}

void make_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) fail("cannot make the folder {}: {}", path.string(), error.message());
  if (!fs::is_directory(path)) fail("{} is in the way: a folder was expected", path.string());
}

void require_new_folder(const fs::path& path) {
  if (path.empty()) throw UsageError("--out needs the name of a folder");
  std::error_code error;
  const auto status = fs::status(path, error);
  if (!fs::exists(status)) return;
  if (!fs::is_directory(status)) fail("{} is in the way: a folder was expected", path.string());
  const bool empty = fs::is_empty(path, error);
  if (error) fail("cannot read the folder {}: {}", path.string(), error.message());
  if (!empty) fail("{} is not empty; choose another --out", path.string());
}

std::string sha256(std::string_view bytes) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  ::SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  std::string hex;
  for (const unsigned char byte : digest) hex += fmt::format("{:02x}", byte);
  return hex;
}

}  // namespace othello
