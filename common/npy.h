// NumPy's .npy files (format 1.0) of two-dimensional uint8 arrays, the layout of game shards.
#pragma once

#include <cstdint>
#include <filesystem>
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

/// What precedes the values in a .npy file of a [rows, columns] matrix.
std::string npy_header(std::int64_t rows, std::int64_t columns);

/// The bytes of a .npy file that `numpy.load(..., mmap_mode='r')` opens.
std::string npy_bytes(const ByteMatrix& matrix);

/// Throws Error naming the file and what is wrong with it: magic, version, type, order, shape or length.
ByteMatrix read_npy(const std::filesystem::path& path);

/// The same for bytes in memory; errors name `source`.
ByteMatrix parse_npy(std::string_view bytes, std::string_view source);

}  // namespace othello
