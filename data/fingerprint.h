// Games as 128-bit numbers, so that millions are compared at once.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "engine/game.h"

namespace othello {

/// Even among 10⁹ games two different ones practically never share one (p ≈ 10⁻²¹).
using Fingerprint = std::array<std::uint32_t, 4>;

/// A function of the moves alone, the same on every machine.
Fingerprint fingerprint(const Game& game);

/// A fingerprint as a number in [0, 1).
inline double unit_interval(const Fingerprint& print) {
  return static_cast<double>((std::uint64_t{print[2]} << 21) | (print[3] >> 11)) * 0x1p-53;
}

/// A flat hash set that only grows.
class FingerprintSet {
 public:
  /// False if it was there already.
  bool insert(const Fingerprint& print);

 private:
  void grow();
  std::size_t slot_of(const Fingerprint& print) const;

  std::vector<Fingerprint> slots_;  // all zero = free
  std::size_t size_ = 0;
  bool zero_ = false;  // whether the fingerprint that is all zero is in
};

}  // namespace othello
