#include "common/npy.h"

#include <regex>
#include <string_view>

#include "common/error.h"
#include "common/files.h"

namespace othello {
namespace {
constexpr std::string_view kMagic("\x93NUMPY\x01\x00", 8);
constexpr std::size_t kPrefix = 10;  // magic, version and the header's 2-byte length

/// Bytes of a damaged file as they may appear in a message.
std::string printable(std::string text) {
  for (char& c : text)
    if (c < ' ' || c > '~') c = '?';
  return text;
}

}  // namespace

std::string npy_bytes(const ByteMatrix& matrix) {
  std::string header =
      fmt::format("{{'descr': '|u1', 'fortran_order': False, 'shape': ({}, {}), }}", matrix.rows, matrix.columns);
  header.resize((kPrefix + header.size() + 1 + 63) / 64 * 64 - kPrefix - 1, ' ');
  header += '\n';
  std::string bytes(kMagic);
  bytes += static_cast<char>(header.size() & 0xff);
  bytes += static_cast<char>(header.size() >> 8);
  bytes += header;
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
  // The padding goes before the match: std::regex recurses once per character and could exhaust the stack.
  std::string header(bytes.substr(kPrefix, length));
  header.resize(header.find_last_not_of(" \n") + 1);
  static const std::regex pattern(R"(\{'descr': '\|u1', 'fortran_order': False, 'shape': \((\d{1,12}), (\d{1,6})\), \})");
  std::smatch match;
  if (header.size() > 120 || !std::regex_match(header, match, pattern))
    fail("{}: expected a C-ordered uint8 array of two dimensions, found {}", source, printable(header.substr(0, 120)));
  ByteMatrix matrix{.rows = std::stoll(match[1]), .columns = std::stoll(match[2]), .values = {}};
  const auto expected = static_cast<std::uint64_t>(matrix.rows * matrix.columns);
  const std::string_view data = bytes.substr(kPrefix + length);
  if (data.size() != expected)
    fail("{}: its header promises {} bytes of data, but {} follow", source, expected, data.size());
  matrix.values.assign(data.begin(), data.end());
  return matrix;
}

}  // namespace othello
