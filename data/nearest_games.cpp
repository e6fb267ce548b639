#include "data/nearest_games.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <compare>
#include <tuple>

#include "common/error.h"
#include "common/threads.h"
#include "data/labels.h"
#include "data/symmetry.h"

namespace othello {
namespace {

constexpr std::uint64_t kNobody = ~std::uint64_t{0};
constexpr std::uint64_t kBlocksAtOnce = 1024;  // between two reports of progress

/// Games as a tree of their first moves; every node knows the first game of training that came by.
class MoveTree {
 public:
  /// Level by level, so that the children of a node stand side by side, in increasing order of their moves.
  explicit MoveTree(std::vector<Game> games) {
    std::sort(games.begin(), games.end(), [](const Game& a, const Game& b) {
      return std::lexicographical_compare(a.moves().begin(), a.moves().end(), b.moves().begin(), b.moves().end());
    });
    struct Range {
      std::size_t begin, end;
    };
    std::vector<Range> level{{0, games.size()}}, next;
    nodes_.emplace_back();
    for (std::size_t depth = 0, first = 0; !level.empty(); ++depth, level.swap(next)) {
      next.clear();
      const std::size_t below = nodes_.size();
      for (std::size_t k = 0; k < level.size(); ++k) {
        nodes_[first + k].children = static_cast<std::uint32_t>(nodes_.size());
        for (std::size_t i = level[k].begin, j = i; i < level[k].end; i = j) {
          const Game& game = games[i];
          for (j = i + 1; j < level[k].end && same_move(game, games[j], depth); ++j) {
          }
          if (game.length <= depth) continue;  // it ends here
          nodes_[first + k].moves |= bit(game.squares[depth]);
          nodes_.emplace_back();
          next.push_back({i, j});
        }
      }
      first = below;
    }
    first_ = std::vector<std::atomic<std::uint64_t>>(nodes_.size());
    for (auto& first : first_) first.store(kNobody, std::memory_order_relaxed);
  }

  /// From several threads at once.
  void pass(const Game& game, std::uint64_t number) {
    visit(0, number);
    std::size_t node = 0;
    for (const std::uint8_t square : game.moves()) {
      if ((nodes_[node].moves & bit(square)) == 0) return;
      node = child(node, square);
      visit(node, number);
    }
  }

  /// Of one of the games that the tree was made of.
  NearestGame nearest(const Game& game) const {
    NearestGame found{0, first_[0].load(), 0};
    std::size_t node = 0;
    for (const std::uint8_t square : game.moves()) {
      node = child(node, square);
      const std::uint64_t number = first_[node].load();
      if (number == kNobody) break;
      found.game = number;
      ++found.shared;
    }
    return found;
  }

 private:
  struct Node {
    Bits moves = 0;
    std::uint32_t children = 0;  // the first of them
  };

  static bool same_move(const Game& a, const Game& b, std::size_t depth) {
    if (a.length <= depth || b.length <= depth) return a.length <= depth && b.length <= depth;
    return a.squares[depth] == b.squares[depth];
  }
  std::size_t child(std::size_t node, int square) const {
    return nodes_[node].children + static_cast<std::size_t>(count(nodes_[node].moves & (bit(square) - 1)));
  }
  void visit(std::size_t node, std::uint64_t number) {
    auto& first = first_[node];
    std::uint64_t known = first.load(std::memory_order_relaxed);
    while (number < known && !first.compare_exchange_weak(known, number, std::memory_order_relaxed)) {
    }
  }

  std::vector<Node> nodes_;
  std::vector<std::atomic<std::uint64_t>> first_;
};

/// Boards, each with a mark that it occurred. A small bitmap of hashes stands before the table, for hardly any board of
/// training is in it.
class BoardTable {
 public:
  explicit BoardTable(std::size_t boards)
      : shift_(64 - std::bit_width(2 * boards + 1)),
        filter_shift_(std::max(0, shift_ - 3)),
        slots_(std::size_t{1} << (64 - shift_)),
        seen_(slots_.size()),
        filter_((std::size_t{1} << (64 - filter_shift_)) / 64 + 1) {}

  void insert(Bits mover, Bits opponent) {
    const std::uint64_t h = hash(mover, opponent);
    filter_[h >> filter_shift_ >> 6] |= filter_bit(h);
    Slot& slot = slots_[slot_of(h, mover, opponent)];
    slot = {mover, opponent};
  }
  /// From several threads at once.
  void mark(Bits mover, Bits opponent) {
    const std::uint64_t h = hash(mover, opponent);
    if ((filter_[h >> filter_shift_ >> 6] & filter_bit(h)) == 0) return;
    const std::size_t slot = slot_of(h, mover, opponent);
    if (slots_[slot].used() && seen_[slot].load(std::memory_order_relaxed) == 0)
      seen_[slot].store(1, std::memory_order_relaxed);
  }
  bool marked(Bits mover, Bits opponent) const {
    return seen_[slot_of(hash(mover, opponent), mover, opponent)].load() != 0;
  }

 private:
  struct Slot {
    Bits mover = 0, opponent = 0;
    bool used() const { return (mover | opponent) != 0; }
  };

  static std::uint64_t hash(Bits mover, Bits opponent) {
    std::uint64_t h = mover * 0x9E3779B97F4A7C15 + opponent * 0xC2B2AE3D27D4EB4F;
    h ^= h >> 32;
    return h * 0xD6E8FEB86659FD93;
  }
  std::uint64_t filter_bit(std::uint64_t h) const { return std::uint64_t{1} << (h >> filter_shift_ & 63); }
  std::size_t slot_of(std::uint64_t h, Bits mover, Bits opponent) const {
    std::size_t slot = h >> shift_;
    while (slots_[slot].used() && (slots_[slot].mover != mover || slots_[slot].opponent != opponent))
      slot = (slot + 1) & (slots_.size() - 1);
    return slot;
  }

  int shift_, filter_shift_;
  std::vector<Slot> slots_;
  std::vector<std::atomic<std::uint8_t>> seen_;  // [slots]
  std::vector<std::uint64_t> filter_;
};

/// What one thread plays into.
struct Scratch {
  std::vector<Game> games;
  std::vector<Bits> mover, opponent;  // [games, columns]
};

/// All games of a run, numbered from `offset` on.
template <class Visit>
void replay_run(const GameRun& run, std::uint64_t offset, int workers, std::uint64_t block,
                const std::function<void(std::uint64_t)>& progress, const Visit& visit) {
  const auto columns = static_cast<std::size_t>(run.source.board().playable_count());
  std::vector<Scratch> scratch(static_cast<std::size_t>(workers));
  for (std::uint64_t done = 0; done < run.count;) {
    const std::uint64_t end = std::min(run.count, done + block * kBlocksAtOnce);
    parallel_for(static_cast<int>((end - done + block - 1) / block), workers, [&](int index, int worker) {
      const std::uint64_t first = done + static_cast<std::uint64_t>(index) * block;
      const auto games = static_cast<std::size_t>(std::min(block, end - first));
      Scratch& own = scratch[static_cast<std::size_t>(worker)];
      own.games.resize(games);
      own.mover.resize(games * columns);
      own.opponent.resize(games * columns);
      run.source.play(run.first + first, own.games, {own.mover, own.opponent});
      for (std::size_t g = 0; g < games; ++g)
        visit(own.games[g], own.mover.data() + g * columns, own.opponent.data() + g * columns, offset + first + g);
    });
    done = end;
    if (progress) progress(offset + done);
  }
}

/// Of a held-out game among all its images.
NearestGame nearest_image(const MoveTree& tree, const Game& game) {
  NearestGame best = tree.nearest(game);
  for (int symmetry = 1; symmetry < kSymmetries; ++symmetry) {
    NearestGame found = tree.nearest(image(symmetry, game));
    found.symmetry = symmetry;
    if (std::tuple(-found.shared, found.game) < std::tuple(-best.shared, best.game)) best = found;
  }
  return best;
}

}  // namespace

std::uint64_t game_count(std::span<const GameRun> runs) {
  std::uint64_t count = 0;
  for (const GameRun& run : runs) count += run.count;
  return count;
}

Game game_of(std::span<const GameRun> runs, std::uint64_t index) {
  for (const GameRun& run : runs) {
    if (index < run.count) return run.source.game(run.first + index);
    index -= run.count;
  }
  fail("there is no game {} more of training", index);
}

std::vector<SeenGame> find_nearest_games(const BoardSize& board, std::span<const Game> held_out,
                                         std::span<const GameRun> training, int workers,
                                         const std::function<void(std::uint64_t)>& progress, std::uint64_t block) {
  if (game_count(training) == 0) fail("there is no game of training that a game could be near to");
  const GameFacts facts(board, held_out);
  std::vector<Game> images;
  std::size_t positions = 0;
  for (const Game& game : held_out) {
    for (int symmetry = 0; symmetry < kSymmetries; ++symmetry) images.push_back(image(symmetry, game));
    positions += game.length;
  }
  MoveTree tree(std::move(images));
  BoardTable table(kSymmetries * positions);
  /// Calls `visit(game, ply, board)` for every held-out position and image of its board.
  const auto for_each_board = [&](const auto& visit) {
    for (std::size_t g = 0; g < held_out.size(); ++g)
      for (int ply = 1; ply <= facts.length(g); ++ply)
        for (int symmetry = 0; symmetry < kSymmetries; ++symmetry) {
          const Position after = facts.at(g, ply).after;
          visit(g, ply, symmetry, mapped_bits(symmetry, after.mover), mapped_bits(symmetry, after.opponent));
        }
  };
  for_each_board([&](std::size_t, int, int, Bits mover, Bits opponent) { table.insert(mover, opponent); });

  std::uint64_t offset = 0;
  for (const GameRun& run : training) {
    replay_run(run, offset, workers, block, progress,
               [&](const Game& game, const Bits* mover, const Bits* opponent, std::uint64_t number) {
                 tree.pass(game, number);
                 for (std::size_t t = 0; t < game.length; ++t) table.mark(mover[t], opponent[t]);
               });
    offset += run.count;
  }

  std::vector<SeenGame> seen(held_out.size());
  for (std::size_t g = 0; g < held_out.size(); ++g) {
    seen[g].exact = tree.nearest(held_out[g]);
    seen[g].image = nearest_image(tree, held_out[g]);
  }
  for_each_board([&](std::size_t g, int ply, int symmetry, Bits mover, Bits opponent) {
    if (!table.marked(mover, opponent)) return;
    const std::uint64_t position = std::uint64_t{1} << (ply - 1);
    if (symmetry == 0) seen[g].boards |= position;
    seen[g].board_images |= position;
  });
  return seen;
}

}  // namespace othello
