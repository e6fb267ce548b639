// unfinished.jsonl: whatever is accepted is part of the dataset that was asked for.
#include "data/unfinished.h"
#include "tests/fuzz/fuzz.h"

using namespace othello;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::run(data, size, [](std::string_view text) {
    const UnfinishedDataset dataset = parse_unfinished(text, "unfinished.jsonl");
    fuzz::require(dataset.games() <= dataset.request.games);
    fuzz::require(difference(dataset.request, dataset.request).empty());
    how_to_go_on("folder", dataset);
  });
}
