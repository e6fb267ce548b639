#include "probes/read_score.h"

#include <algorithm>

#include "data/labels.h"

namespace othello {

void ReadScore::add(const Positions& p, const Tensor& scores) {
  const auto first_game = squares_.size();
  const auto squares = static_cast<std::size_t>(p.squares);
  squares_.resize(first_game + static_cast<std::size_t>(p.batch.games));
  occupied_.resize(squares_.size());
  by_square_.resize(squares);
  const auto contiguous = scores.contiguous();
  const float* score = contiguous.data_ptr<float>();
  for (std::size_t r = 0; r < p.rows.size(); ++r) {
    auto& game = squares_[first_game + static_cast<std::size_t>(p.rows[r].game)];
    auto& occupied = occupied_[first_game + static_cast<std::size_t>(p.rows[r].game)];
    for (std::size_t s = 0; s < squares; ++s, score += kStates) {
      const auto truth = p.states[r * squares + s];
      const double right = std::max_element(score, score + kStates) - score == truth ? 1 : 0;
      game.sum += right, game.count += 1;
      by_square_[s].sum += right, by_square_[s].count += 1;
      if (truth != static_cast<std::uint8_t>(SquareState::empty)) occupied.sum += right, occupied.count += 1;
    }
  }
}

double ReadScore::accuracy() const {
  Cluster total;
  for (const auto& game : squares_) total.sum += game.sum, total.count += game.count;
  return total.sum / total.count;
}

Json ReadScore::to_json(const BoardSize& board) const {
  Json per_square = std::vector<Json>(64);
  const auto squares = board_squares(board);
  for (std::size_t s = 0; s < squares.size(); ++s)
    per_square[static_cast<std::size_t>(squares[s])] = by_square_[s].sum / by_square_[s].count;
  return {{"accuracy", othello::to_json(ratio_of_sums(squares_))},
          {"colour_on_occupied", othello::to_json(ratio_of_sums(occupied_))},
          {"per_square", per_square}};
}

}  // namespace othello
