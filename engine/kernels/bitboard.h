// Moves and flips on bitboards, written once for a word `W` that is one board (std::uint64_t) or several (SIMD lanes).
//
// Everything here has internal linkage: kernel.cpp is compiled once per instruction set, and no instance of a template
// that was compiled for a wide set may end up in code that runs on every CPU.
#pragma once

#include <stdint.h>

namespace othello {
namespace {

constexpr uint64_t kInnerFiles = 0x7E7E7E7E7E7E7E7E;  // all but the a- and the h-file

/// a | (b & c)
inline uint64_t or_and(uint64_t a, uint64_t b, uint64_t c) { return a | (b & c); }
/// `value` in the boards where `test` is not 0, else 0.
inline uint64_t where(uint64_t test, uint64_t value) { return test != 0 ? value : 0; }

/// One step towards h8 (positive shifts) or a1; 1 = a file, 8 = a rank.
template <int shift, class W>
inline W step(W b) {
  if constexpr (shift > 0) return b << shift;
  else return b >> -shift;
}

/// The opponent's discs that a run in this direction may pass: a disc on the a- or h-file can end a horizontal or
/// diagonal run but not be inside one, which also keeps the run from wrapping around the edge.
template <int shift, class W>
inline W passable(W opponent) {
  if constexpr (shift == 8 || shift == -8) return opponent;
  else return opponent & kInnerFiles;
}

/// Runs of `through` that start next to `from` (Kogge–Stone: lengths 1, 2, 4, 6).
template <int shift, class W>
inline W fill(W from, W through) {
  W run = step<shift>(from) & through;
  run = or_and(run, step<shift>(run), through);
  const W pairs = through & step<shift>(through);
  run = or_and(run, step<2 * shift>(run), pairs);
  return or_and(run, step<2 * shift>(run), pairs);
}

/// The opponent's runs next to the mover's discs, direction by direction: what a move can outflank.
template <class W>
struct Runs {
  W east, west, north, south, north_east, south_west, north_west, south_east;
};

template <class W>
struct Mobility {
  W moves;  // squares behind a run: legal where they are empty
  Runs<W> runs;
};

template <class W>
inline Mobility<W> mobility(W mover, W opponent) {
  const W inner = passable<1>(opponent);
  // Eastwards a run is a carry: adding its first disc clears it and sets the square behind it.
  const W sum = inner + (step<1>(mover) & inner);
  Mobility<W> m;
  m.runs.east = inner & ~sum;
  m.runs.west = fill<-1>(mover, inner);
  m.runs.north = fill<8>(mover, opponent);
  m.runs.south = fill<-8>(mover, opponent);
  m.runs.north_east = fill<9>(mover, inner);
  m.runs.south_west = fill<-9>(mover, inner);
  m.runs.north_west = fill<7>(mover, inner);
  m.runs.south_east = fill<-7>(mover, inner);
  m.moves = (sum & ~inner) | step<-1>(m.runs.west) | step<8>(m.runs.north) | step<-8>(m.runs.south) |
            step<9>(m.runs.north_east) | step<-9>(m.runs.south_west) | step<7>(m.runs.north_west) |
            step<-7>(m.runs.south_east);
  return m;
}

/// Discs turned by a move on `disc` (one square, or none), with the runs that `mobility` found: those between the disc
/// and the nearest disc of the mover are in the run from the one and in the opposite run from the other.
template <class W>
inline W turned(W opponent, W disc, const Runs<W>& runs) {
  const W inner = passable<1>(opponent);
  W out = runs.west & ~(runs.west + step<1>(disc));
  out = or_and(out, fill<-1>(disc, inner), runs.east);
  out = or_and(out, fill<8>(disc, opponent), runs.south);
  out = or_and(out, fill<-8>(disc, opponent), runs.north);
  out = or_and(out, fill<9>(disc, inner), runs.south_west);
  out = or_and(out, fill<-9>(disc, inner), runs.north_east);
  out = or_and(out, fill<7>(disc, inner), runs.south_east);
  return or_and(out, fill<-7>(disc, inner), runs.north_west);
}

/// The same in one direction, without knowing the runs.
template <int shift, class W>
inline W turned_towards(W mover, W opponent, W disc) {
  const W run = fill<shift>(disc, passable<shift>(opponent));
  return where(step<shift>(run) & mover, run);
}

/// The same in all directions, for a position whose mobility is not at hand.
template <class W>
inline W turned(W mover, W opponent, W disc) {
  return turned_towards<1>(mover, opponent, disc) | turned_towards<-1>(mover, opponent, disc) |
         turned_towards<8>(mover, opponent, disc) | turned_towards<-8>(mover, opponent, disc) |
         turned_towards<9>(mover, opponent, disc) | turned_towards<-9>(mover, opponent, disc) |
         turned_towards<7>(mover, opponent, disc) | turned_towards<-7>(mover, opponent, disc);
}

}  // namespace
}  // namespace othello
