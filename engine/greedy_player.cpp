// Compiled without contraction into fused operations, so that every machine rounds alike.
#include "engine/greedy_player.h"

#include <algorithm>
#include <cmath>

#include "common/error.h"
#include "engine/rules.h"

namespace othello {
namespace {

constexpr int kMobility = 10;                       // points for each legal move more than the opponent has
constexpr int kDiscAtEnd = 200;                     // points for each disc more when the game is over
constexpr int kLargestGap = 2 * (64 * kDiscAtEnd);  // no two values are further apart
constexpr double kUnit = 1 << 26;                   // weight of the best move: 60 of them stay below 2³²

/// By the distances of rank and file from the nearest edge.
constexpr int kSquarePoints[4][4] = {{120, -20, 20, 5}, {-20, -40, -5, -5}, {20, -5, 15, 3}, {5, -5, 3, 3}};

/// exp(−x) for 0 ≤ x ≤ 40, to about 15 digits, from basic operations alone: the libraries' exp differ in the last bit.
double exp_of_minus(double x) {
  constexpr double ln2 = 0.693147180559945309417;
  const double halvings = std::floor(x / ln2 + 0.5);
  const double rest = halvings * ln2 - x;  // exp(−x) = 2^−halvings · exp(rest), |rest| ≤ ln 2 / 2
  double sum = 1;
  for (int term = 14; term > 0; --term) sum = 1 + sum * rest / term;
  return std::ldexp(sum, -static_cast<int>(halvings));
}

}  // namespace

GreedyPlayer::GreedyPlayer(const BoardSize& board, double temperature)
    : Player(board, fmt::format("greedy:{}", temperature)) {
  if (!(temperature >= kLowest && temperature <= kHighest))
    throw UsageError(fmt::format("the temperature of --player greedy:T is {}, but must lie between {} and {}",
                                 temperature, kLowest, kHighest));
  const int first = (8 - board.side) / 2, last = first + board.side - 1;
  for_each_square(board.squares, [&](Square square) {
    const int file = square % 8, rank = square / 8;
    const int from_file = std::min(file - first, last - file), from_rank = std::min(rank - first, last - rank);
    points_[static_cast<std::size_t>(square)] = kSquarePoints[from_rank][from_file];
    if (from_file <= 1 && from_rank <= 1 && from_file + from_rank > 0)
      corner_[static_cast<std::size_t>(square)] = bit((file < 4 ? first : last) + 8 * (rank < 4 ? first : last));
  });
  for (int gap = 0; gap <= kLargestGap && gap / temperature < 40; ++gap) {
    const double weight = std::floor(kUnit * exp_of_minus(gap / temperature) + 0.5);
    if (weight == 0) break;
    weight_.push_back(static_cast<std::uint32_t>(weight));
  }
}

int GreedyPlayer::square_points(Bits discs, Bits occupied) const {
  int sum = 0;
  for_each_square(discs, [&](Square square) {
    const auto s = static_cast<std::size_t>(square);
    if ((corner_[s] & occupied) == 0) sum += points_[s];
  });
  return sum;
}

int GreedyPlayer::value(const Position& after) const {
  const int replies = count(legal_moves(after, board())), moves = count(legal_moves(pass(after), board()));
  if (replies == 0 && moves == 0) return kDiscAtEnd * (count(after.opponent) - count(after.mover));
  const Bits occupied = after.occupied();
  return square_points(after.opponent, occupied) - square_points(after.mover, occupied) + kMobility * (moves - replies);
}

MoveWeights GreedyPlayer::distribution(const Position& position) const {
  std::array<int, 64> values{};
  int best = -kLargestGap;
  const Bits legal = legal_moves(position, board());
  for_each_square(legal, [&](Square square) {
    values[static_cast<std::size_t>(square)] = value(play(position, square));
    best = std::max(best, values[static_cast<std::size_t>(square)]);
  });
  MoveWeights weights;
  for_each_square(legal, [&](Square square) {
    const auto gap = static_cast<std::size_t>(best - values[static_cast<std::size_t>(square)]);
    if (gap < weight_.size()) weights.add(square, weight_[gap]);
  });
  return weights;
}

}  // namespace othello
