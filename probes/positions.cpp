#include "probes/positions.h"

namespace othello {

std::vector<Square> board_squares(const BoardSize& board) {
  std::vector<Square> squares;
  for_each_square(board.squares, [&](Square square) { squares.push_back(square); });
  return squares;
}

Positions make_positions(const Vocabulary& vocabulary, std::span<const Game> games) {
  Positions p;
  const GameFacts facts(vocabulary.board(), games);
  p.batch = make_batch(vocabulary, games, facts);
  const auto squares = board_squares(vocabulary.board());
  p.squares = static_cast<std::int64_t>(squares.size());
  for (std::size_t g = 0; g < games.size(); ++g) {
    const auto states = facts.states(g);  // [length, 64]
    for (int t = 1; t <= std::min(facts.length(g), static_cast<int>(p.batch.context)); ++t) {
      if (facts.at(g, t).over()) continue;
      const auto parity = t % 2;
      p.cells[parity].push_back(static_cast<std::int64_t>(g) * p.batch.context + t - 1);
      p.members[parity].push_back(static_cast<std::int64_t>(p.rows.size()));
      p.rows.push_back({static_cast<std::int32_t>(g), t});
      for (const Square square : squares) p.states.push_back(states[static_cast<std::size_t>(64 * (t - 1) + square)]);
    }
  }
  return p;
}

Tensor Positions::indicators(int parity) const {
  const auto& rows_of = members[parity];
  auto y = torch::zeros({static_cast<std::int64_t>(rows_of.size()), squares * kStates}, at::kFloat);
  float* out = y.data_ptr<float>();
  for (const auto row : rows_of) {
    for (std::int64_t s = 0; s < squares; ++s)
      out[s * kStates + states[static_cast<std::size_t>(row * squares + s)]] = 1;
    out += squares * kStates;
  }
  return y;
}

}  // namespace othello
