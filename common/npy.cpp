#include "common/npy.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
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

/// The value of `key` in a header such as {'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }: up to the next
/// comma outside parentheses. "" if it is not there.
std::string_view header_value(std::string_view header, std::string_view key) {
  const std::size_t at = header.find(key);
  if (at == std::string_view::npos) return {};
  std::string_view value = header.substr(at + key.size());
  value.remove_prefix(std::min(value.find_first_not_of(": "), value.size()));
  const std::size_t end = value.find_first_of(value.substr(0, 1) == "(" ? ")" : ",}");
  return value.substr(0, end);
}

}  // namespace

std::string npy_header(std::int64_t rows, std::int64_t columns, std::string_view type) {
  return npy_header(std::array{rows, columns}, type);
}

std::string npy_header(std::span<const std::int64_t> shape, std::string_view type) {
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}", type,
                                   fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
  header.resize((kPrefix + header.size() + 1 + 63) / 64 * 64 - kPrefix - 1, ' ');
  header += '\n';
  std::string bytes(kMagic);
  bytes += static_cast<char>(header.size() & 0xff);
  bytes += static_cast<char>(header.size() >> 8);
  bytes += header;
  return bytes;
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

IntegerArray parse_integer_npy(std::string_view bytes, std::string_view source) {
  const auto byte = [&](std::size_t i) { return std::size_t{static_cast<unsigned char>(bytes[i])}; };
  const std::size_t prefix = bytes.size() > 6 && byte(6) > 1 ? kPrefix + 2 : kPrefix;
  if (bytes.size() < prefix || bytes.substr(0, 6) != kMagic.substr(0, 6) || byte(6) < 1 || byte(6) > 3)
    fail("{}: not a .npy file of format 1.0, 2.0 or 3.0", source);
  std::size_t length = byte(8) | byte(9) << 8;
  if (prefix > kPrefix) length |= byte(10) << 16 | byte(11) << 24;
  if (bytes.size() - prefix < length) fail("{}: truncated within its header", source);
  const std::string_view header = bytes.substr(prefix, length);

  IntegerArray array;
  array.bytes = bytes;
  array.header = prefix + length;
  const std::string_view type = header_value(header, "'descr'");
  std::string_view shape = header_value(header, "'shape'");
  const bool integers = type.size() == 5 && std::string_view("<>|=").find(type[1]) != std::string_view::npos &&
                        (type[2] == 'i' || type[2] == 'u') &&
                        std::string_view("1248").find(type[3]) != std::string_view::npos;
  const bool plane = take(shape, "(") && take(shape, array.rows) && take(shape, ",") && (take(shape, " ") || true) &&
                     take(shape, array.columns) && shape.find_first_not_of(", ") == std::string_view::npos;
  if (!integers || !plane || header_value(header, "'fortran_order'").substr(0, 5) != "False" ||
      array.rows > 1'000'000'000 || array.columns > 1'000'000)
    fail("{}: expected a C-ordered array of integers in two dimensions, found {}", source,
         printable(header.substr(0, 120)));
  array.item_size = type[3] - '0';
  array.is_signed = type[2] == 'i';
  array.big_endian = type[1] == '>';
  const std::int64_t items = array.rows * array.columns, expected = items * array.item_size;
  if (static_cast<std::uint64_t>(expected) != bytes.size() - array.header)
    fail("{}: its header promises {} bytes of data, but {} follow", source, expected, bytes.size() - array.header);
  return array;
}

std::int64_t IntegerArray::at(std::int64_t row, std::int64_t column) const {
  const std::size_t first = byte_of(row, column);
  std::uint64_t value = 0;
  for (int i = 0; i < item_size; ++i) {
    const int shift = 8 * (big_endian ? item_size - 1 - i : i);
    value |= std::uint64_t{static_cast<unsigned char>(bytes[first + static_cast<std::size_t>(i)])} << shift;
  }
  if (!is_signed || item_size == 8) return static_cast<std::int64_t>(value);
  const std::uint64_t sign = std::uint64_t{1} << (8 * item_size - 1);
  return static_cast<std::int64_t>(value ^ sign) - static_cast<std::int64_t>(sign);
}

}  // namespace othello
