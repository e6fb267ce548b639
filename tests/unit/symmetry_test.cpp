// The symmetries of a game and its fingerprint: what duplicates and the split into train and test rest on.
#include "data/symmetry.h"

#include <algorithm>
#include <set>
#include <string>

#include "data/fingerprint.h"
#include "data/games.h"
#include "data/labels.h"
#include "engine/notation.h"
#include "tests/support/test.h"

using namespace othello;
using namespace othello::test;

namespace {

Bits image_of(int symmetry, Bits bits) {
  Bits result = 0;
  for_each_square(bits, [&](Square square) { result |= bit(mapped(symmetry, square)); });
  return result;
}

}  // namespace

TEST_CASE("The four symmetries are four different maps that leave the start and its colours") {
  std::set<std::string> images;
  for (int s = 0; s < kSymmetries; ++s) {
    CHECK(image_of(s, start_position().black()) == start_position().black());
    CHECK(image_of(s, start_position().white()) == start_position().white());
    images.insert(game_text(image(s, parse_game("f5d6c3", kBoard8))));
  }
  // By hand: the game, its reflections in a1–h8 (letters and digits change places) and in h1–a8, its half turn.
  CHECK(images == std::set<std::string>{"f5d6c3", "e6f4c3", "d3c5f6", "c4e3f6"});
}

TEST_CASE("Images of a game are played on images of its boards and share one canonical game") {
  for (const BoardSize& board : {kBoard8, kBoard6}) {
    const GameSource source(board, 3, Purpose::evaluation);
    for (std::uint64_t i = 0; i < 200; ++i) {
      const Game game = source.game(i);
      std::vector<std::string> images;
      for (int s = 0; s < kSymmetries; ++s) {
        const Game other = image(s, game);
        const auto facts = replay(board, game.moves()), mirrored = replay(board, other.moves());
        bool same = true;
        for (std::size_t t = 0; t < facts.size(); ++t)
          same &= image_of(s, facts[t].after.mover) == mirrored[t].after.mover &&
                  image_of(s, facts[t].legal) == mirrored[t].legal;
        CHECK(same);
        images.push_back(std::string(other.moves().begin(), other.moves().end()));
        CHECK(canonical(other) == canonical(game));
      }
      const Game first = canonical(game);
      CHECK(std::string(first.moves().begin(), first.moves().end()) == *std::min_element(images.begin(), images.end()));
    }
  }
}

TEST_CASE("Different games have different fingerprints and the set counts them") {
  const GameSource source(kBoard6, 1, Purpose::training);
  std::set<std::string> games;
  std::set<Fingerprint> prints;
  FingerprintSet set;
  std::size_t inserted = 0;
  for (std::uint64_t i = 0; i < 20000; ++i) {
    Game game = source.game(i);
    game.length = static_cast<std::uint8_t>(1 + i % 32);  // many short ones, so that some are the same
    games.insert(std::string(game.moves().begin(), game.moves().end()));
    prints.insert(fingerprint(game));
    inserted += set.insert(fingerprint(game));
  }
  CHECK(games.size() < 20000);
  CHECK(prints.size() == games.size());
  CHECK(inserted == games.size());
  CHECK(set.insert(Fingerprint{}));
  CHECK_FALSE(set.insert(Fingerprint{}));
  Game shorter = parse_game("f5", kBoard8), longer = shorter;
  longer.add(0);  // a1 is square 0, like what lies behind the end
  CHECK(fingerprint(shorter) != fingerprint(longer));
}

TEST_CASE("The share of games below a bound is the bound") {
  const GameSource source(kBoard8, 2, Purpose::training);
  int below = 0;
  constexpr int kGames = 20000;
  for (std::uint64_t i = 0; i < kGames; ++i) below += unit_interval(fingerprint(canonical(source.game(i)))) < 0.1;
  CHECK(below > kGames * 0.1 - 5 * 42.4);  // 5 standard errors
  CHECK(below < kGames * 0.1 + 5 * 42.4);
}

TEST_CASE("A game belongs to the same part in every version of this program") {
  // Frozen, and computed by an independent Philox: another value would move games that a model was trained on into the
  // test part.
  const double share = unit_interval(fingerprint(canonical(parse_game("f5d6c3d3c4", kBoard8))));
  CHECK(share * 0x1p53 == 894534242236193.0);
}
