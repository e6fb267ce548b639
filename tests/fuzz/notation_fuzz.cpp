// Games as text: whatever is accepted is a legal game that is written and read again the same.
#include "data/labels.h"
#include "engine/notation.h"
#include "tests/fuzz/fuzz.h"

using namespace othello;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const BoardSize& board : {kBoard8, kBoard6})
    fuzz::run(data, size, [&](std::string_view text) {
      const Game game = parse_game(text, board);
      fuzz::require(replay(board, game.moves()).size() == game.length);
      fuzz::require(parse_game(game_text(game), board) == game);
    });
  return 0;
}
