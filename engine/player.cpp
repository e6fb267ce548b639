#include "engine/player.h"

#include <cmath>

#include "common/error.h"
#include "common/files.h"
#include "engine/rules.h"

namespace othello {
namespace {

/// Plays to the end, or to where `choose(turn, draw)` gives no move (−1).
template <class Choose>
Game play_game(const BoardSize& size, const Stream& stream, std::uint64_t index, const Choose& choose) {
  Game game;
  std::array<std::uint32_t, 4> draws{};
  for (Turn turn = next_turn(start_position(), size); !turn.over();) {
    const std::uint32_t ply = game.length;
    if (ply % 4 == 0) draws = stream.block(index, ply / 4);
    const Square square = choose(turn, draws[ply % 4]);
    if (square < 0) break;
    game.add(square);
    turn = next_turn(play(turn.position, square), size);
  }
  return game;
}

}  // namespace

Square nth_square(Bits bits, int k) {
  for (; k > 0; --k) bits &= bits - 1;
  return lowest(bits);
}

Game random_game(const BoardSize& size, const Stream& stream, std::uint64_t index) {
  return play_game(size, stream, index, [](const Turn& turn, std::uint32_t draw) {
    return nth_square(turn.legal, static_cast<int>(bounded(draw, static_cast<std::uint32_t>(count(turn.legal)))));
  });
}

void MoveWeights::add(Square square, std::uint32_t weight) {
  weight_[static_cast<std::size_t>(square)] = weight;
  moves_ |= bit(square);
  sum_ += weight;
}

double MoveWeights::probability(Square square) const {
  const std::uint32_t weight = weight_[static_cast<std::size_t>(square)];
  return weight == 0 ? 0 : static_cast<double>(weight) / sum_;
}

double MoveWeights::entropy() const {
  double sum = 0;
  for_each_square(moves_, [&](Square square) { sum -= probability(square) * std::log(probability(square)); });
  return sum;
}

Square MoveWeights::draw(std::uint32_t value) const {
  std::uint32_t rest = bounded(value, sum_);
  Bits left = moves_;
  for (; rest >= weight_[static_cast<std::size_t>(lowest(left))]; left &= left - 1)
    rest -= weight_[static_cast<std::size_t>(lowest(left))];
  return lowest(left);
}

Game Player::game(const Stream& stream, std::uint64_t index) const {
  return play_game(board_, stream, index, [&](const Turn& turn, std::uint32_t draw) {
    const MoveWeights weights = distribution(turn.position);
    return weights.moves() == 0 ? -1 : weights.draw(draw);
  });
}

MoveWeights UniformPlayer::distribution(const Position& position) const {
  MoveWeights weights;
  for_each_square(legal_moves(position, board()), [&](Square square) { weights.add(square, 1); });
  return weights;
}

std::string name_with_digest(std::string_view spec, std::string_view content) {
  return fmt::format("{}@{}", spec, sha256(content).substr(0, kDigestDigits));
}

}  // namespace othello
