// dataset.json: whatever is accepted adds up.
#include "data/dataset_files.h"
#include "tests/fuzz/fuzz.h"

using namespace othello;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::run(data, size, [](std::string_view text) {
    const DatasetDocument document = parse_dataset_document(text, "dataset.json");
    fuzz::require(document.header.board == 6 || document.header.board == 8);
    std::int64_t games = 0;
    for (const DatasetShard& shard : document.shards) games += shard.games;
    fuzz::require(games == document.header.games);
  });
}
