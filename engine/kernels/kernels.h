// The engine's inner loops, compiled once per instruction set and chosen when the program runs.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace othello {

/// Games first … first+count−1 of the uniform player of a stream.
struct PlayTask {
  uint64_t key;  // of the stream
  uint64_t first;
  size_t count;
  uint64_t region;   // squares of the board
  int plies;         // columns below: 60, or 32 on 6×6
  uint8_t* squares;  // [count] rows of `plies` squares, 0 behind the end, `stride` bytes apart
  uint8_t* lengths;  // [count], `stride` bytes apart
  size_t stride;
  uint64_t* mover;     // [count, plies] discs after each move of the side that plays next, 0 behind the end; or null
  uint64_t* opponent;  // [count, plies]
};

/// What replaying a game from the start says of it.
struct GameCheck {
  uint8_t legal_moves = 0;  // how many of its first moves are legal in turn; all of them in a legal game
  uint8_t passes = 0;       // passes among them
  bool over = false;        // after those moves nobody can move
  friend bool operator==(const GameCheck&, const GameCheck&) = default;
};

/// Games from the start, move by move, up to the first that is not legal.
struct ReplayTask {
  size_t count;
  uint64_t region;
  int plies;
  const uint8_t* squares;  // [count] rows of at most `plies` squares, `stride` bytes apart
  const uint8_t* lengths;  // [count], `stride` bytes apart
  size_t stride;
  GameCheck* checks;   // [count]
  uint64_t* passes;    // [count] bit t−1: a pass after move t; or null, and then those below as well
  uint64_t* mover;     // [count, plies] as above, 0 behind the last legal move
  uint64_t* opponent;  // [count, plies]
  uint64_t* legal;     // [count, plies] legal squares of the next move
  uint64_t* turned;    // [count, plies] discs that the move turned
};

struct Kernels {
  const char* name;
  void (*play)(const PlayTask& task);
  void (*replay)(const ReplayTask& task);
  /// In each of `count` positions the mover's legal moves, and the discs that a disc on the empty square `disc` turns.
  void (*find_moves)(const uint64_t* mover, const uint64_t* opponent, const uint64_t* disc, size_t count,
                     uint64_t region, uint64_t* legal, uint64_t* turned);
  /// Legal moves of the other side after a move on `disc` in each of `count` positions, as numbers.
  void (*count_replies)(const uint64_t* mover, const uint64_t* opponent, const uint64_t* disc, size_t count,
                        uint64_t region, uint8_t* replies);
  /// [count, 64]: 0 where a square is the mover's, 1 the opponent's, 2 empty.
  void (*expand_states)(const uint64_t* mover, const uint64_t* opponent, size_t count, uint8_t* states);
};

extern const Kernels kBaselineKernels;
#if defined(OTHELLO_X86_KERNELS)
extern const Kernels kAvx2Kernels;
extern const Kernels kAvx512Kernels;
#endif

}  // namespace othello
