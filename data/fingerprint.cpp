#include "data/fingerprint.h"

#include <algorithm>

#include "common/random.h"

namespace othello {

/// CBC over the 64 bytes of moves, filling and length, with Philox as the permutation of 128-bit blocks.
Fingerprint fingerprint(const Game& game) {
  std::array<std::uint8_t, 64> bytes{};
  std::copy(game.moves().begin(), game.moves().end(), bytes.begin());
  bytes[60] = game.length;
  Fingerprint hash{};
  for (std::size_t block = 0; block < 4; ++block) {
    for (std::size_t i = 0; i < 16; ++i) hash[i / 4] ^= std::uint32_t{bytes[16 * block + i]} << 8 * (i % 4);
    hash = philox4x32(hash, {static_cast<std::uint32_t>(block), 0});
  }
  return hash;
}

std::size_t FingerprintSet::slot_of(const Fingerprint& print) const {
  std::size_t slot = (std::uint64_t{print[0]} << 32 | print[1]) & (slots_.size() - 1);
  while (slots_[slot] != Fingerprint{} && slots_[slot] != print) slot = (slot + 1) & (slots_.size() - 1);
  return slot;
}

bool FingerprintSet::insert(const Fingerprint& print) {
  if (print == Fingerprint{}) return !std::exchange(zero_, true);
  if (2 * (size_ + 1) > slots_.size()) grow();
  Fingerprint& slot = slots_[slot_of(print)];
  if (slot == print) return false;
  slot = print;
  ++size_;
  return true;
}

void FingerprintSet::grow() {
  std::vector<Fingerprint> old(std::max<std::size_t>(1024, 2 * slots_.size()));
  old.swap(slots_);
  for (const Fingerprint& print : old)
    if (print != Fingerprint{}) slots_[slot_of(print)] = print;
}

}  // namespace othello
