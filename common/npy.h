// NumPy's .npy files of two-dimensional arrays: of uint8 (format 1.0), the layout of game shards, and of any integers,
// as others hand over games.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace othello {

/// A C-ordered matrix of bytes.
struct ByteMatrix {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::vector<std::uint8_t> values;  // [rows, columns]
};

/// What precedes the values in a .npy file of a C-ordered array; `type` as NumPy writes it.
std::string npy_header(std::span<const std::int64_t> shape, std::string_view type);
/// The same for a [rows, columns] matrix.
std::string npy_header(std::int64_t rows, std::int64_t columns, std::string_view type = "|u1");

/// The bytes of a .npy file that `numpy.load(..., mmap_mode='r')` opens.
std::string npy_bytes(const ByteMatrix& matrix);

/// Throws Error naming the file and what is wrong with it: magic, version, type, order, shape or length.
ByteMatrix read_npy(const std::filesystem::path& path);

/// The same for bytes in memory; errors name `source`.
ByteMatrix parse_npy(std::string_view bytes, std::string_view source);

/// A C-ordered matrix of any integer type, which stays in the bytes of its file.
struct IntegerArray {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  int item_size = 1;  // 1, 2, 4 or 8 bytes
  bool is_signed = false;
  bool big_endian = false;
  std::size_t header = 0;  // bytes before the first item
  std::string_view bytes;  // the whole file

  std::size_t byte_of(std::int64_t row, std::int64_t column) const {
    return header + static_cast<std::size_t>((row * columns + column) * item_size);
  }
  /// A uint64 beyond the range of the result wraps around.
  std::int64_t at(std::int64_t row, std::int64_t column) const;
};

/// Formats 1.0 to 3.0, every integer type and byte order. Throws Error naming `source` for anything else; the result
/// is good for as long as `bytes` are.
IntegerArray parse_integer_npy(std::string_view bytes, std::string_view source);

}  // namespace othello
