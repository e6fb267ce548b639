#include "probes/positions.h"

namespace othello {

std::vector<Square> board_squares(const BoardSize& board) {
  std::vector<Square> squares;
  for_each_square(board.squares, [&](Square square) { squares.push_back(square); });
  return squares;
}

Positions::Positions(const Vocabulary& vocabulary, std::vector<Game> of, const PlyWindow& window)
    : games(std::move(of)),
      facts(vocabulary.board(), games),
      batch(make_batch(vocabulary, games, facts)),
      squares(board_squares(vocabulary.board())),
      row_of(games.size() * static_cast<std::size_t>(batch.context), -1) {
  const auto context = static_cast<int>(batch.context);
  for (const int parity : {0, 1}) {
    for (std::size_t g = 0; g < games.size(); ++g)
      for (int t = parity == 0 ? 2 : 1; t <= std::min(facts.length(g), context); t += 2) {
        if (!window.holds(t) || facts.at(g, t).over()) continue;
        const auto cell = static_cast<std::int64_t>(g) * context + t - 1;
        row_of[static_cast<std::size_t>(cell)] = static_cast<std::int32_t>(rows.size());
        cells.push_back(cell);
        rows.push_back({static_cast<std::int32_t>(g), t});
      }
    begin[parity + 1] = static_cast<std::int64_t>(rows.size());
  }
  flips.resize(rows.size() * squares.size());
  for (std::size_t g = 0; g < games.size(); ++g) {
    const auto counts = facts.flip_counts(g);  // [length, 64]
    for (int t = 1; t <= std::min(facts.length(g), context); ++t) {
      const auto row = row_of[g * static_cast<std::size_t>(context) + static_cast<std::size_t>(t) - 1];
      if (row < 0) continue;
      const Bits discs = facts.at(g, t).after.occupied();
      const auto* turned = counts.data() + 64 * static_cast<std::size_t>(t - 1);
      auto* rung = flips.data() + static_cast<std::size_t>(row) * squares.size();
      for (const Square square : squares)
        *rung++ = discs & bit(square) ? std::min<std::uint8_t>(turned[square], kFlipRungs - 1) : kNoDisc;
    }
  }
}

}  // namespace othello
