// Lockstep kernels for one instruction set: OTHELLO_KERNELS and OTHELLO_KERNELS_NAME name the table that this
// compilation defines.
//
// The ply is the number of discs placed, in every game alike, so games never diverge: a pass is a masked swap of the
// two sides, and a game that is over places nothing while the others go on.
#include "engine/kernels/kernels.h"
#include "engine/kernels/lanes.h"

namespace othello {
namespace {

constexpr uint64_t kStartMover = uint64_t{1} << 28 | uint64_t{1} << 35;
constexpr uint64_t kStartOpponent = uint64_t{1} << 27 | uint64_t{1} << 36;
constexpr int kMaxPlies = 60;

/// kLanes games at the same ply.
struct Boards {
  Lanes mover = broadcast(kStartMover);
  Lanes opponent = broadcast(kStartOpponent);
  Lanes passes = broadcast(0);  // bit t−1: a pass after move t

  Mobility<Lanes> find_moves(uint64_t region) const {
    Mobility<Lanes> m = mobility(mover, opponent);
    m.moves &= ~(mover | opponent) & region;
    return m;
  }

  /// Legal moves before the next move, `ply` having been made; where there are none, the other side's.
  Mobility<Lanes> start_ply(uint64_t region, int ply) {
    Mobility<Lanes> m = find_moves(region);
    if (__builtin_expect(!any_zero(m.moves), 1)) return m;
    const Lanes stuck = is_zero(m.moves);
    swap_sides(stuck);
    m = find_moves(region);
    const Lanes over = is_zero(m.moves);  // games that had a move have it still
    swap_sides(over);                     // nobody passes when neither side can move
    if (ply > 0) passes |= stuck & ~over & (uint64_t{1} << (ply - 1));
    return m;
  }

  void swap_sides(Lanes mask) {
    const Lanes difference = (mover ^ opponent) & mask;
    mover ^= difference;
    opponent ^= difference;
  }

  /// Plays `discs`, a legal move or nothing in each game; gives the discs that they turn.
  Lanes play(Lanes discs, const Runs<Lanes>& runs) {
    const Lanes flipped = turned(opponent, discs, runs);
    const Lanes next = opponent & ~flipped;
    opponent = mover | flipped | discs;
    mover = next;
    return flipped;
  }
};

/// Draws 4·number … 4·number+3 of each game: Philox4x32-10 as in common/random.cpp, a game per lane. Only the low 32
/// bits of a lane count; what is above them is never read.
struct Draws {
  uint64_t of[4][kLanes];

  void compute(uint64_t key, Lanes index, uint32_t number) {
    Lanes c0 = broadcast(number), c1 = broadcast(0), c2 = index, c3 = index >> 32;
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    for (int round = 0; round < 10; ++round) {
      const Lanes p0 = multiply32(c0, 0xD2511F53), p1 = multiply32(c2, 0xCD9E8D57);
      c0 = (p1 >> 32) ^ c1 ^ uint64_t { k0 };
      c1 = p1;
      c2 = (p0 >> 32) ^ c3 ^ uint64_t { k1 };
      c3 = p0;
      k0 += 0x9E3779B9;
      k1 += 0xBB67AE85;
    }
    store(c0, of[0]), store(c1, of[1]), store(c2, of[2]), store(c3, of[3]);
  }
};

/// What was seen in kLanes games, ply by ply: [ply][lane], copied out as [game][ply].
struct Column {
  uint64_t values[kMaxPlies][kLanes];

  void copy(uint64_t* out, int lane, int length, int plies) const {
    for (int t = 0; t < length; ++t) out[t] = values[t][lane];
    for (int t = length; t < plies; ++t) out[t] = 0;
  }
};

/// kLanes games of the uniform player.
template <bool with_boards>
struct Players {
  Boards boards;
  Lanes index;
  alignas(64) Draws draws;
  uint8_t moves[kLanes][64];
  Column mover, opponent;

  explicit Players(uint64_t first) {
    alignas(64) uint64_t indices[kLanes];
    for (int i = 0; i < kLanes; ++i) indices[i] = first + (uint64_t)i;
    index = load(indices);
  }

  void record(int made) {
    if constexpr (with_boards)
      if (made > 0) store(boards.mover, mover.values[made - 1]), store(boards.opponent, opponent.values[made - 1]);
  }

  void make_move(const PlayTask& task, int ply) {
    if (ply % 4 == 0) draws.compute(task.key, index, (uint32_t)ply / 4);
    const Mobility<Lanes> m = boards.start_ply(task.region, ply);
    record(ply);
    alignas(64) uint64_t legal[kLanes], discs[kLanes];
    store(m.moves, legal);
    for (int i = 0; i < kLanes; ++i) {
      discs[i] = choose(legal[i], (uint32_t)draws.of[ply % 4][i]);
      moves[i][ply] = (uint8_t)(square_of(discs[i]) % 64);  // 0 behind the end
    }
    boards.play(load(discs), m.runs);
  }

  void finish(const PlayTask& task, size_t done) {
    if constexpr (with_boards) {
      boards.start_ply(task.region, task.plies);
      record(task.plies);
    }
    alignas(64) uint64_t occupied[kLanes];
    store(boards.mover | boards.opponent, occupied);
    for (int i = 0; i < kLanes && done + (size_t)i < task.count; ++i) {
      const size_t game = done + (size_t)i;
      const int length = count_bits(occupied[i]) - 4;
      __builtin_memcpy(task.squares + game * task.stride, moves[i], (size_t)task.plies);
      task.lengths[game * task.stride] = (uint8_t)length;
      if constexpr (with_boards) {
        mover.copy(task.mover + game * (size_t)task.plies, i, length, task.plies);
        opponent.copy(task.opponent + game * (size_t)task.plies, i, length, task.plies);
      }
    }
  }
};

/// Two groups take turns: while one waits for its choice of moves, the processor goes on with the other.
template <bool with_boards>
void play_all(const PlayTask& task) {
  for (size_t done = 0; done < task.count; done += 2 * kLanes) {
    Players<with_boards> a(task.first + done), b(task.first + done + kLanes);
    for (int ply = 0; ply < task.plies; ++ply) {
      a.make_move(task, ply);
      b.make_move(task, ply);
    }
    a.finish(task, done);
    b.finish(task, done + kLanes);
  }
}

void play(const PlayTask& task) { task.mover != nullptr ? play_all<true>(task) : play_all<false>(task); }

template <bool with_facts>
void replay_group(const ReplayTask& task, size_t done) {
  const int games = task.count - done < kLanes ? (int)(task.count - done) : kLanes;
  const uint8_t* rows[kLanes];
  int lengths[kLanes];
  int longest = 0;
  for (int i = 0; i < kLanes; ++i) {
    const size_t game = done + (size_t)(i < games ? i : 0);  // lanes beyond the last game repeat the first
    rows[i] = task.squares + game * task.stride;
    lengths[i] = task.lengths[game * task.stride];
    if (lengths[i] > task.plies) lengths[i] = task.plies;
    if (lengths[i] > longest) longest = lengths[i];
  }
  alignas(64) uint64_t wanted[kLanes];
  Column mover, opponent, legal, flipped;
  Boards boards;
  Lanes going = broadcast(~uint64_t{0}), over = broadcast(0), legal_moves = broadcast(0);
  for (int ply = 0;; ++ply) {
    const Mobility<Lanes> m = boards.start_ply(task.region, ply);
    if constexpr (with_facts)
      if (ply > 0) {
        store(boards.mover, mover.values[ply - 1]), store(boards.opponent, opponent.values[ply - 1]);
        store(m.moves, legal.values[ply - 1]);
      }
    for (int i = 0; i < kLanes; ++i) {
      const int square = ply < lengths[i] ? rows[i][ply] : 64;
      wanted[i] = square < 64 ? uint64_t{1} << square : 0;
    }
    const Lanes discs = load(wanted) & m.moves & going;
    const Lanes stops = is_zero(discs) & going;
    over = over | (stops & is_zero(m.moves));
    going = going & ~stops;
    legal_moves = legal_moves + (going & uint64_t{1});
    if (ply == longest) break;
    const Lanes now_turned = boards.play(discs, m.runs);
    if constexpr (with_facts) store(now_turned, flipped.values[ply]);
  }

  alignas(64) uint64_t counts[kLanes], overs[kLanes], passes[kLanes];
  store(legal_moves, counts), store(over, overs), store(boards.passes, passes);
  for (int i = 0; i < games; ++i) {
    const size_t game = done + (size_t)i;
    const int length = (int)counts[i];
    const uint64_t passed = length == 0 ? 0 : passes[i] & (~uint64_t{0} >> (64 - length));
    task.checks[game] = {(uint8_t)length, (uint8_t)count_bits(passed), overs[i] != 0};
    if constexpr (with_facts) {
      task.passes[game] = passed;
      const size_t row = game * (size_t)task.plies;
      mover.copy(task.mover + row, i, length, task.plies);
      opponent.copy(task.opponent + row, i, length, task.plies);
      legal.copy(task.legal + row, i, length, task.plies);
      flipped.copy(task.turned + row, i, length, task.plies);
    }
  }
}

void replay(const ReplayTask& task) {
  for (size_t done = 0; done < task.count; done += kLanes)
    task.passes != nullptr ? replay_group<true>(task, done) : replay_group<false>(task, done);
}

/// Calls `visit(boards, first, n)` with `count` positions, kLanes at a time and n of them in the last call; lanes
/// beyond hold what was there before.
template <class Visit>
void for_each_group(const uint64_t* const (&in)[3], size_t count, const Visit& visit) {
  alignas(64) uint64_t rows[3][kLanes] = {};
  for (size_t first = 0; first < count; first += kLanes) {
    const size_t n = count - first < kLanes ? count - first : kLanes;
    if (n == kLanes) {
      visit(load(in[0] + first), load(in[1] + first), load(in[2] + first), first, n);
    } else {
      for (int k = 0; k < 3; ++k) __builtin_memcpy(rows[k], in[k] + first, n * sizeof(uint64_t));
      visit(load(rows[0]), load(rows[1]), load(rows[2]), first, n);
    }
  }
}

void find_moves(const uint64_t* mover, const uint64_t* opponent, const uint64_t* disc, size_t count, uint64_t region,
                uint64_t* legal, uint64_t* turned_discs) {
  for_each_group({mover, opponent, disc}, count, [&](Lanes m, Lanes o, Lanes d, size_t first, size_t n) {
    const Mobility<Lanes> found = mobility(m, o);
    alignas(64) uint64_t rows[2][kLanes];
    store(found.moves & ~(m | o) & region, rows[0]);
    store(turned(o, d & ~(m | o), found.runs), rows[1]);
    __builtin_memcpy(legal + first, rows[0], n * sizeof(uint64_t));
    __builtin_memcpy(turned_discs + first, rows[1], n * sizeof(uint64_t));
  });
}

void count_replies(const uint64_t* mover, const uint64_t* opponent, const uint64_t* disc, size_t count, uint64_t region,
                   uint8_t* replies) {
  for_each_group({mover, opponent, disc}, count, [&](Lanes m, Lanes o, Lanes d, size_t first, size_t n) {
    const Lanes flipped = turned(m, o, d);
    const Lanes next_mover = o & ~flipped, next_opponent = m | flipped | d;
    alignas(64) uint64_t legal[kLanes];
    store(mobility(next_mover, next_opponent).moves & ~(next_mover | next_opponent) & region, legal);
    for (size_t i = 0; i < n; ++i) replies[first + i] = (uint8_t)count_bits(legal[i]);
  });
}

void expand_states(const uint64_t* mover, const uint64_t* opponent, size_t count, uint8_t* states) {
  for (size_t n = 0; n < count; ++n, states += 64) {
#if defined(__AVX512BW__)
    const __m512i empty_or_yours = _mm512_mask_blend_epi8(opponent[n], _mm512_set1_epi8(2), _mm512_set1_epi8(1));
    _mm512_storeu_si512(states, _mm512_maskz_mov_epi8(~mover[n], empty_or_yours));
#elif defined(__AVX2__)
    for (int half = 0; half < 2; ++half) {
      // Byte k becomes −1 if bit k is set.
      const auto spread = [](uint32_t bits) {
        const __m256i rank = _mm256_setr_epi64x(0, 0x0101010101010101, 0x0202020202020202, 0x0303030303030303);
        const __m256i file = _mm256_set1_epi64x((long long)0x8040201008040201);
        return _mm256_cmpeq_epi8(_mm256_and_si256(_mm256_shuffle_epi8(_mm256_set1_epi32((int)bits), rank), file), file);
      };
      const __m256i mine = spread((uint32_t)(mover[n] >> (32 * half)));
      const __m256i yours = spread((uint32_t)(opponent[n] >> (32 * half)));
      const __m256i row = _mm256_add_epi8(_mm256_add_epi8(_mm256_set1_epi8(2), yours), _mm256_add_epi8(mine, mine));
      _mm256_storeu_si256((__m256i*)(states + 32 * half), row);
    }
#else
    for (int rank = 0; rank < 8; ++rank) {
      // Byte k becomes bit k: seven shifted copies at once, then one bit of each.
      const auto spread = [](uint64_t byte) {
        const uint64_t copies = (byte & 0x7F) * 0x0002040810204081 & 0x0101010101010101;
        return copies | (byte >> 7) << 56;
      };
      const uint64_t row =
          0x0202020202020202 - 2 * spread(mover[n] >> (8 * rank) & 0xFF) - spread(opponent[n] >> (8 * rank) & 0xFF);
      __builtin_memcpy(states + 8 * rank, &row, sizeof row);
    }
#endif
  }
}

}  // namespace

extern const Kernels OTHELLO_KERNELS;
const Kernels OTHELLO_KERNELS = {OTHELLO_KERNELS_NAME, play, replay, find_moves, count_replies, expand_states};

}  // namespace othello
