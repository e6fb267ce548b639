#include "tests/fuzz/import_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const char* format : {"tokens", "published-squares", "published-tokens"})
    othello::fuzz::import_bytes(format, data, size);
  return 0;
}
