#include "tests/fuzz/import_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  othello::fuzz::import_bytes("transcript", data, size);
  return 0;
}
