#include "common/npy.h"

#include <charconv>
#include <string_view>

#include "common/error.h"
#include "common/files.h"

namespace othello {
namespace {
constexpr std::string_view kMagic("\x93NUMPY\x01\x00", 8);
constexpr std::size_t kPrefix = 10;  // magic, version and the header's 2-byte length

/// Bytes of a damaged file as they may appear in a message.
std::string printable(std::string_view bytes) {
  std::string text(bytes);
  for (char& c : text)
    if (c < ' ' || c > '~') c = '?';
  return text;
}

/// Removes `expected` from the front of `text` if it is there.
bool take(std::string_view& text, std::string_view expected) {
  if (text.substr(0, expected.size()) != expected) return false;
  text.remove_prefix(expected.size());
  return true;
}

/// The same for a number of at least 0.
bool take(std::string_view& text, std::int64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || number < 0) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

}  // namespace

std::string npy_header(std::int64_t rows, std::int64_t columns) {
  std::string header = fmt::format("{{'descr': '|u1', 'fortran_order': False, 'shape': ({}, {}), }}", rows, columns);
  header.resize((kPrefix + header.size() + 1 + 63) / 64 * 64 - kPrefix - 1, ' ');
  header += '\n';
  std::string bytes(kMagic);
  bytes += static_cast<char>(header.size() & 0xff);
  bytes += static_cast<char>(header.size() >> 8);
  return bytes + header;
}

std::string npy_bytes(const ByteMatrix& matrix) {
  std::string bytes = npy_header(matrix.rows, matrix.columns);
  bytes.append(matrix.values.begin(), matrix.values.end());
  return bytes;
}

ByteMatrix read_npy(const std::filesystem::path& path) { return parse_npy(read_file(path), path.string()); }

ByteMatrix parse_npy(std::string_view bytes, std::string_view source) {
  if (bytes.size() < kPrefix || bytes.substr(0, kMagic.size()) != kMagic)
    fail("{}: not a .npy file of format 1.0", source);
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const std::size_t length = byte(8) | byte(9) << 8;
  if (bytes.size() < kPrefix + length) fail("{}: truncated within its header", source);
  const std::string_view header = bytes.substr(kPrefix, length);
  ByteMatrix matrix;
  std::string_view rest = header;
  if (!take(rest, "{'descr': '|u1', 'fortran_order': False, 'shape': (") || !take(rest, matrix.rows) ||
      !take(rest, ", ") || !take(rest, matrix.columns) || !take(rest, "), }") ||
      rest.find_first_not_of(" \n") != std::string_view::npos || matrix.rows > 1'000'000'000 ||
      matrix.columns > 1'000'000)
    fail("{}: expected a C-ordered uint8 array of two dimensions, found {}", source, printable(header.substr(0, 120)));
  const auto expected = static_cast<std::uint64_t>(matrix.rows * matrix.columns);
  const std::string_view data = bytes.substr(kPrefix + length);
  if (data.size() != expected)
    fail("{}: its header promises {} bytes of data, but {} follow", source, expected, data.size());
  matrix.values.assign(data.begin(), data.end());
  return matrix;
}

}  // namespace othello
