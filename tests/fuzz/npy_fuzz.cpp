#include "common/npy.h"
#include "tests/fuzz/import_fuzz.h"

/// Arrays in both readers, and rows of games in them; what the stricter reader takes, the other must read alike.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace othello;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    const ByteMatrix matrix = parse_npy(bytes, "fuzz");
    const IntegerArray array = parse_integer_npy(bytes, "fuzz");
    fuzz::require(array.rows == matrix.rows && array.columns == matrix.columns);
    for (std::int64_t i = 0; i < array.rows * array.columns; ++i)
      fuzz::require(array.at(i / array.columns, i % array.columns) == matrix.values[static_cast<std::size_t>(i)]);
  } catch (const Error&) {
  }
  fuzz::import_bytes("tokens", data, size);
  fuzz::import_bytes("published-squares", data, size);
  return 0;
}
