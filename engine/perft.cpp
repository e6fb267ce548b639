#include "engine/perft.h"

#include <cctype>
#include <utility>

#include "common/error.h"
#include "engine/lockstep.h"
#include "engine/rules.h"

namespace othello {

PerftConvention parse_perft_convention(char letter) {
  switch (std::toupper(static_cast<unsigned char>(letter))) {
    case 'A': return PerftConvention::A;
    case 'E': return PerftConvention::E;
    case 'T': return PerftConvention::T;
    case 'F': return PerftConvention::F;
  }
  throw UsageError(fmt::format("'{}' is not a perft convention; choose A, E, T or F", letter));
}

namespace {

/// Counts leaves; the last two plies of the tree are gathered and counted many positions at a time.
class Counter {
 public:
  Counter(const BoardSize& size, PerftConvention convention) : size_(size), convention_(convention) {}

  std::uint64_t count(const Position& p, int depth) {
    leaves_ = 0;
    visit(p, depth);
    flush();
    return leaves_;
  }

 private:
  static constexpr std::size_t kBatch = 512;
  static constexpr std::size_t kMostMoves = 64;

  void visit(const Position& p, int depth) {
    const Bits legal = depth == 0 ? 0 : legal_moves(p, size_);
    if (depth == 0) ++leaves_;
    else if (legal == 0) visit_pass(p, depth);
    else if (depth == 1) leaves_ += static_cast<std::uint64_t>(othello::count(legal));
    else if (depth == 2) gather(p, legal);
    else for_each_square(legal, [&](Square square) { visit(play(p, square), depth - 1); });
  }

  void visit_pass(const Position& p, int depth) {
    const Position passed = pass(p);
    const bool pass_is_ply = convention_ == PerftConvention::A || convention_ == PerftConvention::E;
    if (legal_moves(passed, size_) != 0) visit(passed, pass_is_ply ? depth - 1 : depth);
    else leaves_ += convention_ == PerftConvention::A || convention_ == PerftConvention::F ? 1 : 0;
  }

  void gather(const Position& p, Bits legal) {
    for_each_square(legal, [&](Square square) {
      mover_[gathered_] = p.mover, opponent_[gathered_] = p.opponent, disc_[gathered_] = bit(square);
      ++gathered_;
    });
    if (gathered_ > kBatch - kMostMoves) flush();
  }

  void flush() {
    const std::size_t n = std::exchange(gathered_, 0);
    count_replies(size_, {mover_, n}, {opponent_, n}, {disc_, n}, {replies_, n});
    for (std::size_t i = 0; i < n; ++i) {
      leaves_ += replies_[i];
      if (replies_[i] == 0) visit_pass(play({mover_[i], opponent_[i]}, lowest(disc_[i])), 1);
    }
  }

  BoardSize size_;
  PerftConvention convention_;
  std::uint64_t leaves_ = 0;
  std::size_t gathered_ = 0;
  Bits mover_[kBatch], opponent_[kBatch], disc_[kBatch];
  std::uint8_t replies_[kBatch];
};

}  // namespace

std::uint64_t perft(const Position& position, const BoardSize& size, int depth, PerftConvention convention) {
  return Counter(size, convention).count(position, depth);
}

}  // namespace othello
