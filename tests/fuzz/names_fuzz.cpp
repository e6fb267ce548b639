// What small readers take: WTHOR's names, games.tsv, forbidden openings, and telling the format of a file.
#include "data/formats/format.h"
#include "data/formats/wthor.h"
#include "data/games_table.h"
#include "engine/restricted_player.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace othello;
  fuzz::run(data, size, [](std::string_view bytes) { parse_wthor_names(bytes, "fuzz", 20); });
  fuzz::run(data, size, [](std::string_view bytes) {
    const std::string table = std::string(kGamesTableHeader) + std::string(bytes);
    fuzz::require(parse_games_table(table, "fuzz", 1).size() == 1);
  });
  fuzz::run(data, size, [](std::string_view bytes) { detect_format("fuzz", bytes); });
  fuzz::run(data, size, [](std::string_view bytes) {
    for (const BoardSize& board : {kBoard6, kBoard8}) RestrictedPlayer(board, "fuzz", bytes);
  });
  return 0;
}
