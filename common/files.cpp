#include "common/files.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "common/error.h"

namespace fs = std::filesystem;

namespace othello {
namespace {

[[noreturn]] void fail_to_write(const fs::path& path, int reason) {
  fail("cannot write {}: {}", path.string(), std::strerror(reason));
}

/// `path` is for the error.
int open_to_write(const fs::path& file, int flags, const fs::path& path) {
  const int fd = ::open(file.c_str(), flags | O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) fail_to_write(path, errno);
  return fd;
}

/// `path` is for the error.
void write_all(int fd, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const auto n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail_to_write(path, errno);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

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

/// After a power failure a folder's names are as safe as what they name. Where folders cannot sync, it changes nothing.
void sync_folder(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

}  // namespace

std::string read_file(const fs::path& path) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (!fs::exists(status)) fail("{}: no such file", path.string());
  if (fs::is_directory(status)) fail("{} is a folder, but a file was expected", path.string());
  std::ifstream in(path, std::ios::binary);
  if (!in) fail("cannot read {}: {}", path.string(), std::strerror(errno));
  std::string bytes;
  const auto size = fs::file_size(path, error);  // a pipe has none and grows from nothing
  bytes.resize(error ? 0 : size);
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  if (in) bytes.append(std::istreambuf_iterator<char>(in), {});  // more than it promised, as files in /proc do
  if (in.bad()) fail("cannot read {}: {}", path.string(), std::strerror(errno));
  return bytes;
}

FileWriter::FileWriter(const fs::path& path) {
  std::error_code error;
  path_ = fs::is_symlink(path, error) ? fs::weakly_canonical(path, error) : path;
  const auto status = fs::status(path, error);
  if (fs::is_directory(status)) fail("cannot write {}: it is a folder", path.string());
  const bool direct = fs::exists(status) && !fs::is_regular_file(status);  // a pipe or a device
  temporary_ = direct ? path : temporary_name(path_);
  fd_ = open_to_write(temporary_, direct ? 0 : O_TRUNC, path);
}

FileWriter::~FileWriter() {
  if (fd_ < 0) return;
  ::close(fd_);
  std::error_code ignored;
  if (fs::is_regular_file(temporary_, ignored)) fs::remove(temporary_, ignored);
}

void FileWriter::append(std::string_view bytes) { write_all(fd_, bytes, path_); }

void FileWriter::finish() {
  const bool synced = ::fsync(fd_) == 0 || errno == EINVAL || errno == EROFS;  // pipes and the like cannot sync
  if (!synced) fail_to_write(path_, errno);
  std::error_code ignored;
  if (fs::is_regular_file(temporary_, ignored)) rename_or_fail(temporary_, path_);
  if (::close(std::exchange(fd_, -1)) != 0) fail_to_write(path_, errno);
}

void write_file(const fs::path& path, std::string_view bytes) {
  FileWriter file(path);
  file.append(bytes);
  file.finish();
}

namespace {

void fill_and_rename(const fs::path& name, const std::function<void(const fs::path&)>& fill, bool replace) {
  // "a/b/" and "." would put the temporary folder inside the one that is to be replaced.
  std::error_code ignored;
  fs::path path = fs::weakly_canonical(name, ignored);
  if (!path.has_filename()) path = path.parent_path();
  if (!path.has_filename()) fail("'{}' cannot be the name of a new folder", name.string());
  if (!replace) require_new_folder(path);
  const auto temporary = temporary_name(path);
  fs::remove_all(temporary, ignored);
  try {
    make_folder(temporary);
    fill(temporary);
    sync_folder(temporary);
    if (replace) fs::remove_all(path, ignored);
    else require_new_folder(path), fs::remove(path, ignored);  // `remove` takes an empty folder only
    rename_or_fail(temporary, path);
    sync_folder(path.parent_path());
  } catch (const Error& error) {
    fs::remove_all(temporary, ignored);
    std::string text = error.what();
    const std::string inside = temporary.string();
    const auto at = text.find(inside);
    if (at == text.npos) throw;
    fail("{}", text.replace(at, inside.size(), path.string()));
  } catch (...) {
    fs::remove_all(temporary, ignored);
    throw;
  }
}

}  // namespace

void write_folder(const fs::path& path, const std::function<void(const fs::path&)>& fill) {
  fill_and_rename(path, fill, true);
}

void write_new_folder(const fs::path& path, const std::function<void(const fs::path&)>& fill) {
  fill_and_rename(path, fill, false);
}

void append_line(const fs::path& path, std::string_view line) {
  const int fd = open_to_write(path, O_APPEND, path);
  try {
    write_all(fd, std::string(line) + '\n', path);
  } catch (...) {
    ::close(fd);
    throw;
  }
  ::close(fd);
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

FolderLock::FolderLock(const fs::path& folder) : fd_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (fd_ < 0) fail("cannot read the folder {}: {}", folder.string(), std::strerror(errno));
  if (::flock(fd_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {  // file systems without locks go without
    ::close(fd_);
    fail("another process is writing to {}", folder.string());
  }
}

FolderLock::~FolderLock() { ::close(fd_); }

std::string sha256(std::string_view bytes) {
  Sha256 hash;
  hash.add(bytes);
  return hash.hex();
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  if (context_ == nullptr || EVP_DigestInit_ex(static_cast<EVP_MD_CTX*>(context_), EVP_sha256(), nullptr) != 1)
    fail("OpenSSL has no SHA-256");
}

Sha256::~Sha256() { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_)); }

void Sha256::add(std::string_view bytes) {
  EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_), bytes.data(), bytes.size());
}

std::string Sha256::hex() {
  std::array<unsigned char, 32> digest{};
  EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_), digest.data(), nullptr);
  std::string text;
  for (const unsigned char byte : digest) text += fmt::format("{:02x}", byte);
  return text;
}

}  // namespace othello
