#include "common/random.h"

#include <cmath>
#include <numbers>

namespace othello {
namespace {

constexpr std::uint32_t lo(std::uint64_t x) { return static_cast<std::uint32_t>(x); }
constexpr std::uint32_t hi(std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); }

// FNV-1a: maps a stream's name to a counter. Names are few and fixed, so collisions are a matter of reading.
constexpr std::uint64_t hash_name(std::string_view name) {
  std::uint64_t h = 0xcbf29ce484222325ULL;
  for (const char c : name) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return h;
}

}  // namespace

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> c, std::array<std::uint32_t, 2> k) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53} * c[0];
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57} * c[2];
    c = {hi(p1) ^ c[1] ^ k[0], lo(p1), hi(p0) ^ c[3] ^ k[1], lo(p0)};
    k[0] += 0x9E3779B9;
    k[1] += 0xBB67AE85;
  }
  return c;
}

std::array<std::uint32_t, 4> Stream::block(std::uint64_t index, std::uint32_t number) const {
  return philox4x32({number, 0, lo(index), hi(index)}, {lo(key_), hi(key_)});
}

Stream Stream::child(std::string_view name) const {
  // Counter word 1 is 0 for draws and 1 here, so children never meet their parent's draws.
  const std::uint64_t h = hash_name(name);
  const auto words = philox4x32({0, 1, lo(h), hi(h)}, {lo(key_), hi(key_)});
  return Stream((std::uint64_t{words[1]} << 32) | words[0]);
}

void Stream::normal(std::uint64_t index, std::span<float> out) const {
  constexpr double scale = 1.0 / 4294967296.0;
  for (std::size_t i = 0; i < out.size(); i += 4) {
    const auto words = block(index, static_cast<std::uint32_t>(i / 4));
    for (std::size_t pair = 0; pair < 4 && i + pair < out.size(); pair += 2) {
      const double radius = std::sqrt(-2.0 * std::log((words[pair] + 0.5) * scale));
      const double angle = 2.0 * std::numbers::pi * words[pair + 1] * scale;
      out[i + pair] = static_cast<float>(radius * std::cos(angle));
      if (i + pair + 1 < out.size()) out[i + pair + 1] = static_cast<float>(radius * std::sin(angle));
    }
  }
}

}  // namespace othello
