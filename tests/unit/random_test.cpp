// Random streams: every game, shuffle and initial weight hangs on them.
#include "common/random.h"

#include <cmath>
#include <numeric>
#include <set>
#include <vector>

#include "tests/support/test.h"

using namespace othello;
using othello::test::Approx;

TEST_CASE("Philox gives the published numbers so that seeds mean the same everywhere") {
  // Random123 1.14, kat_vectors, philox4x32 10.
  using Words = std::array<std::uint32_t, 4>;
  CHECK(philox4x32({0, 0, 0, 0}, {0, 0}) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  const std::uint32_t all = 0xffffffff;
  CHECK(philox4x32({all, all, all, all}, {all, all}) == Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("A bounded draw favours no result by more than two to the minus 32") {
  // Result k belongs to the values from ⌈k·2³²/n⌉ to ⌈(k+1)·2³²/n⌉ − 1: the counts differ by at most 1.
  for (const std::uint32_t n : {1U, 2U, 3U, 7U, 33U, 60U, 1000003U}) {
    const auto first = [n](std::uint64_t k) { return ((k << 32) + n - 1) / n; };
    for (std::uint64_t k = 0; k < std::min(n, 100U); ++k) {
      CHECK(bounded(static_cast<std::uint32_t>(first(k)), n) == k);
      CHECK(bounded(static_cast<std::uint32_t>(first(k + 1) - 1), n) == k);
    }
    CHECK(bounded(0xffffffff, n) == n - 1);
  }
}

TEST_CASE("Streams of different names and seeds never repeat each other") {
  std::set<std::uint64_t> keys;
  std::size_t made = 0;
  for (const std::uint64_t seed : {0ULL, 1ULL, 2ULL, 1ULL << 32, ~0ULL}) {
    const Stream root(seed);
    for (const char* name : {"games", "evaluation games", "probe games", "case games", "init", "bootstrap", ""}) {
      keys.insert(root.child(name).key());
      keys.insert(root.child(name).child("games").key());
      made += 2;
    }
  }
  CHECK(keys.size() == made);
  const Stream a = Stream(1).child("games");
  const Stream b = Stream(1).child("probe games");
  int equal = 0;
  for (std::uint32_t k = 0; k < 1000; ++k) equal += a.draw(0, k) == b.draw(0, k);
  CHECK(equal == 0);
}

TEST_CASE("Draw k of item i is the same in any order") {
  const Stream stream = Stream(5).child("games");
  const std::uint32_t late = stream.draw(1ULL << 40, 7);
  std::vector<std::uint32_t> forwards, backwards;
  for (std::uint32_t k = 0; k < 20; ++k) forwards.push_back(stream.draw(3, k));
  for (std::uint32_t k = 20; k-- > 0;) backwards.insert(backwards.begin(), stream.draw(3, k));
  CHECK(forwards == backwards);
  CHECK(stream.draw(1ULL << 40, 7) == late);
  CHECK(stream.draw(4, 0) != stream.draw(3, 0));
}

TEST_CASE("A shuffle is a permutation and every place is equally likely") {
  const Stream stream = Stream(9).child("shuffle");
  constexpr int kSize = 5, kRounds = 20000;
  std::array<std::array<int, kSize>, kSize> seen{};  // [value][place]
  for (std::uint64_t round = 0; round < kRounds; ++round) {
    std::array<int, kSize> values{};
    std::iota(values.begin(), values.end(), 0);
    stream.shuffle(round, std::span<int>(values));
    CHECK(std::set<int>(values.begin(), values.end()).size() == kSize);
    for (std::size_t place = 0; place < kSize; ++place) ++seen[static_cast<std::size_t>(values[place])][place];
  }
  double chi_square = 0;
  for (const auto& row : seen)
    for (const int n : row) chi_square += std::pow(n - kRounds / kSize, 2) / (kRounds / kSize);
  CHECK(chi_square < 16 + 5 * std::sqrt(2.0 * 16));  // 16 degrees of freedom
}

TEST_CASE("Normal numbers have mean 0 and variance 1 and do not depend on how many are asked for") {
  std::vector<float> many(200001);
  const Stream stream = Stream(3).child("init");
  stream.normal(0, many);
  double sum = 0, squares = 0, fourth = 0;
  for (const double x : many) {
    sum += x;
    squares += x * x;
    fourth += x * x * x * x;
  }
  const auto n = static_cast<double>(many.size());
  CHECK(std::abs(sum / n) < 5 / std::sqrt(n));
  CHECK(squares / n == Approx(1).margin(5 * std::sqrt(2 / n)));
  CHECK(fourth / n == Approx(3).margin(5 * std::sqrt(96 / n)));
  std::vector<float> few(7);
  stream.normal(0, few);
  CHECK(std::equal(few.begin(), few.end(), many.begin()));
}
