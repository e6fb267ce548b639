// Seeded, named, counter-based random streams: draw k of item i is a pure function of (seed, names, i, k).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace othello {

/// Philox4x32 with 10 rounds: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3".
/// Only 32×32→64-bit products, so that a vector kernel can compute the same numbers lane by lane.
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

/// `value` in [0, 2^32) → [0, n): each result's probability is within 2⁻³² of 1/n.
constexpr std::uint32_t bounded(std::uint32_t value, std::uint32_t n) {
  return static_cast<std::uint32_t>((std::uint64_t{value} * n) >> 32);
}

/// A named family of items, each with its own sequence of draws. Holds no state: copying, seeking and
/// sharing between threads are free.
class Stream {
 public:
  explicit Stream(std::uint64_t seed) : key_{seed} {}

  /// The independent stream `name` below this one.
  Stream child(std::string_view name) const;

  /// Draws 4·number … 4·number + 3 of item `index`.
  std::array<std::uint32_t, 4> block(std::uint64_t index, std::uint32_t number) const;

  /// Draw `number` of item `index`: uniform in [0, 2^32).
  std::uint32_t draw(std::uint64_t index, std::uint32_t number) const { return block(index, number / 4)[number % 4]; }

  /// Uniform in [0, n).
  std::uint32_t below(std::uint32_t n, std::uint64_t index, std::uint32_t number) const {
    return bounded(draw(index, number), n);
  }

  /// Standard normal numbers (Box–Muller) of item `index`, as many as `out` holds.
  void normal(std::uint64_t index, std::span<float> out) const;

  /// A permutation of 0 … values.size()−1 is applied in place (Fisher–Yates on item `index`).
  template <class T>
  void shuffle(std::uint64_t index, std::span<T> values) const {
    for (std::size_t i = values.size(); i > 1; --i) {
      const auto j = below(static_cast<std::uint32_t>(i), index, static_cast<std::uint32_t>(i));
      std::swap(values[i - 1], values[j]);
    }
  }

  std::uint64_t key() const { return key_; }

 private:
  std::uint64_t key_;
};

}  // namespace othello
