// Many games at once: the ply is the same in all of them, so they advance together in SIMD lanes.
//
// Arrays of facts about plies are [games, max_moves], row-major; column t−1 tells of the position after move t, seen by
// the side that plays next (after any pass), and holds 0 behind the last move.
#pragma once

#include <cstdint>
#include <span>

#include "common/random.h"
#include "engine/board.h"
#include "engine/game.h"
#include "engine/kernels/dispatch.h"

namespace othello {

/// The discs after every move, [games, max_moves] each.
struct PlyBoards {
  std::span<Bits> mover, opponent;
};

/// Games first … first+games.size()−1 of the uniform random player: the same as `random_game` of each index, with every
/// kernel.
void random_games(const BoardSize& size, const Stream& stream, std::uint64_t first, std::span<Game> games,
                  const Kernels& kernels = othello::kernels());

/// The same with the boards that playing them met, which costs less than replaying them.
void random_games(const BoardSize& size, const Stream& stream, std::uint64_t first, std::span<Game> games,
                  const PlyBoards& boards, const Kernels& kernels = othello::kernels());

/// Replays every game. A square above 63 is an illegal move.
void verify_games(const BoardSize& size, std::span<const Game> games, std::span<GameCheck> checks,
                  const Kernels& kernels = othello::kernels());

/// What a replay can tell of every ply.
struct PlyArrays {
  std::span<std::uint64_t> passes;  // [games] bit t−1: the side that was to play after move t had to pass
  std::span<Bits> mover, opponent;  // [games, max_moves]
  std::span<Bits> legal;            // [games, max_moves] squares of the next move
  std::span<Bits> turned;           // [games, max_moves] discs that the move turned
};

/// Replays every game and records its plies up to the first move that is not legal.
void replay_games(const BoardSize& size, std::span<const Game> games, std::span<GameCheck> checks,
                  const PlyArrays& plies, const Kernels& kernels = othello::kernels());

/// [positions, 64]: 0 where a square is the mover's, 1 where it is the opponent's, 2 where it is empty.
void expand_states(std::span<const Bits> mover, std::span<const Bits> opponent, std::span<std::uint8_t> states,
                   const Kernels& kernels = othello::kernels());

/// In each position the mover's legal moves, and the discs that the mover turns by a disc on `disc` (one square;
/// nothing if it is occupied).
void find_moves(const BoardSize& size, std::span<const Bits> mover, std::span<const Bits> opponent,
                std::span<const Bits> disc, std::span<Bits> legal, std::span<Bits> turned,
                const Kernels& kernels = othello::kernels());

/// In each position, the number of legal moves that a move on `disc` (one square, legal) leaves to the other side.
void count_replies(const BoardSize& size, std::span<const Bits> mover, std::span<const Bits> opponent,
                   std::span<const Bits> disc, std::span<std::uint8_t> replies,
                   const Kernels& kernels = othello::kernels());

}  // namespace othello
