// If these fail, a probe is judged on games that it was fitted to.
#include "probes/probe_games.h"

#include <map>
#include <set>
#include <string>

#include "data/batch.h"
#include "data/dataset_player.h"
#include "data/generate.h"
#include "engine/notation.h"
#include "tests/support/files.h"
#include "tests/support/mailbox.h"
#include "tests/support/torch_test.h"

namespace othello::test {
namespace {

/// Plays a list of games, over and over: of the kind of a dataset (with a period), or as if they were fresh.
class ListPlayer : public Player {
 public:
  ListPlayer(const BoardSize& board, std::vector<Game> games, bool fresh = false)
      : Player(board, "list"), games_(std::move(games)), fresh_(fresh) {}
  MoveWeights distribution(const Position&) const override { return {}; }
  bool plays_fresh_games() const override { return fresh_; }
  bool knows_chances() const override { return false; }
  std::uint64_t period() const override { return fresh_ ? 0 : games_.size(); }
  Game game(const Stream&, std::uint64_t index) const override { return games_[index % games_.size()]; }

 private:
  std::vector<Game> games_;
  bool fresh_;
};

GameSource source_of(const BoardSize& board, std::shared_ptr<const Player> player) {
  return GameSource(board, 1, Purpose::probes, std::move(player));
}

std::string mapped_text(const Game& game, bool swap, bool turn) {
  std::string text;
  for (const int square : game.moves()) {
    int file = square % 8, rank = square / 8;
    if (swap) std::swap(file, rank);
    if (turn) file = 7 - file, rank = 7 - rank;
    text += {static_cast<char>('a' + file), static_cast<char>('1' + rank)};
  }
  return text;
}

/// The first in the alphabet of a game and its mirror images: by text, without the code that drops duplicates.
std::string key(const Game& game) {
  return std::min({mapped_text(game, false, false), mapped_text(game, true, false), mapped_text(game, false, true),
                   mapped_text(game, true, true)});
}

/// Random games, each of them up to `copies` times, as it stands or mirrored, among each other.
std::vector<Game> with_duplicates(const BoardSize& board, std::int64_t games, int copies) {
  const auto fresh = take_games(GameSource(board, 2, Purpose::training), 0, games);
  std::vector<Game> all;
  const Stream stream(5);
  for (std::size_t g = 0; g < fresh.size(); ++g)
    for (std::uint32_t copy = 0; copy <= stream.below(static_cast<std::uint32_t>(copies), g, 0); ++copy) {
      Game image;
      const auto symmetry = stream.below(4, g, 1 + copy);
      for (int square : fresh[g].moves()) {
        if (symmetry & 1) square = square / 8 + 8 * (square % 8);
        image.add(symmetry & 2 ? 63 - square : square);
      }
      all.push_back(image);
    }
  stream.shuffle(~std::uint64_t{0}, std::span(all));
  return all;
}

/// Of all games of a list in order, those whose key is new.
std::vector<Game> different(const std::vector<Game>& all) {
  std::set<std::string> seen;
  std::vector<Game> games;
  for (const auto& game : all)
    if (game.length > 0 && seen.insert(key(game)).second) games.push_back(game);
  return games;
}

}  // namespace

TEST_CASE("no game, moved or mirrored, is on both sides of a split, however many duplicates a source has") {
  for (const BoardSize& board : {kBoard6, kBoard8}) {
    const auto all = with_duplicates(board, 400, 5);
    REQUIRE(all.size() > 900);
    const ProbeGames games(source_of(board, std::make_shared<ListPlayer>(board, all)), 400);
    std::map<std::string, int> part_of;
    int twice = 0;
    const std::pair<std::int64_t, std::int64_t> parts[] = {{0, 250}, {250, 50}, {300, 100}};
    for (int part = 0; part < 3; ++part)
      for (const auto& game : games.take(parts[part].first, parts[part].second))
        twice += !part_of.emplace(key(game), part).second;
    CHECK(twice == 0);
    CHECK(part_of.size() == 400);
  }
}

TEST_CASE("the games of a probe are the first different ones, from wherever they are taken") {
  auto all = with_duplicates(kBoard6, 300, 4);
  all.insert(all.begin() + 7, Game{});  // no move, no position
  const auto expected = different(all);
  REQUIRE(expected.size() == 300);
  const ProbeGames games(source_of(kBoard6, std::make_shared<ListPlayer>(kBoard6, all)), 299);
  CHECK(games.count() == 299);
  CHECK(games.unfinished() == 0);
  std::size_t last = 0;
  while (!(all[last] == expected[298])) ++last;
  CHECK(games.dropped() == static_cast<std::int64_t>(last) - 298);
  int wrong = 0;
  for (std::int64_t first = 0; first < 299; ++first)
    for (const std::int64_t count : {std::int64_t{1}, std::min<std::int64_t>(20, 299 - first), 299 - first}) {
      const auto some = games.take(first, count);
      wrong += static_cast<std::int64_t>(some.size()) != count;
      wrong += !std::equal(some.begin(), some.end(), expected.begin() + first);
    }
  CHECK(wrong == 0);
  CHECK(games.take(299, 0).empty());
  CHECK(contains(error_of([&] { games.take(290, 10); }), "games 290 to 299 were asked for, of 299"));
  CHECK(contains(error_of([&] { games.take(-1, 1); }), "of 299"));
}

TEST_CASE("random games are taken as the source plays them, without the few that come twice") {
  const GameSource source(kBoard8, 3, Purpose::probes);
  const ProbeGames games(source, 20000);
  const auto all = take_games(source, 0, 20000 + games.dropped());
  const auto expected = different(all);
  REQUIRE(expected.size() == 20000);
  CHECK((games.take(0, 20000) == expected));
  CHECK(games.unfinished() == 0);
}

TEST_CASE("a dataset with too few different games says how many it has") {
  const TemporaryFolder folder;
  DatasetRequest request;
  request.board = 6;
  request.games = 50;
  request.seed = 5;
  generate_dataset(folder / "d", request, [](std::int64_t) {});
  const auto player = std::make_shared<DatasetPlayer>(kBoard6, folder / "d");
  CHECK(player->period() == 50);
  CHECK(ProbeGames(source_of(kBoard6, player), 50).count() == 50);
  const auto problem = error_of([&] { ProbeGames(source_of(kBoard6, player), 51); });
  CHECK(contains(problem, "dataset:"));
  CHECK(contains(problem, "has 50 different games, and 51 were asked for: ask for at most 50"));

  const auto all = with_duplicates(kBoard6, 40, 6);
  CHECK(contains(error_of([&] { ProbeGames(source_of(kBoard6, std::make_shared<ListPlayer>(kBoard6, all)), 100); }),
                 "ask for at most 40"));
}

TEST_CASE("games beside those of another player are none of these, in whatever order and mirrored") {
  const auto first = with_duplicates(kBoard6, 200, 3);
  const ProbeGames theirs(source_of(kBoard6, std::make_shared<ListPlayer>(kBoard6, first)), 150);
  auto second = first;
  Stream(6).shuffle(0, std::span(second));
  for (auto& game : second) {
    Game image;
    for (const int square : game.moves()) image.add(square / 8 + 8 * (square % 8));
    game = image;
  }
  const auto source = source_of(kBoard6, std::make_shared<ListPlayer>(kBoard6, second));
  const ProbeGames ours(source, 50, &theirs);
  std::set<std::string> seen;
  for (const auto* games : {&theirs, &ours})
    for (const auto& game : games->take(0, games->count())) CHECK(seen.insert(key(game)).second);
  CHECK(seen.size() == 200);
  const auto problem = error_of([&] { ProbeGames(source, 51, &theirs); });
  CHECK(contains(problem, "has 50 different games beside those of the other player"));
  CHECK(contains(problem, "ask for at most 50"));
}

TEST_CASE("a game that comes once among many copies of another one is found") {
  std::vector<Game> all(100'000, parse_game("f5d6c3", kBoard8));
  all.back() = parse_game("f5f6e6", kBoard8);
  const ProbeGames games(source_of(kBoard8, std::make_shared<ListPlayer>(kBoard8, all)), 2);
  CHECK((games.take(1, 1)[0] == all.back()));
  CHECK(games.dropped() == 99'998);
}

TEST_CASE("a player that repeats itself without a period does not keep anybody waiting for ever") {
  const auto all = with_duplicates(kBoard6, 40, 6);
  const auto player = std::make_shared<ListPlayer>(kBoard6, all, true);
  CHECK(ProbeGames(source_of(kBoard6, player), 40).count() == 40);
  CHECK(
      contains(error_of([&] { ProbeGames(source_of(kBoard6, player), 41); }), "games of list hold 40 different ones"));
  const auto silent = std::make_shared<ListPlayer>(kBoard6, std::vector<Game>(1), true);
  CHECK(contains(error_of([&] { ProbeGames(source_of(kBoard6, silent), 1); }), "hold 0 different ones"));
}

TEST_CASE("unfinished games are counted among those that are used, and only there") {
  auto all = with_duplicates(kBoard8, 100, 2);
  for (std::size_t i = 0; i < all.size(); i += 3) all[i].length = static_cast<std::uint8_t>(5 + i % 40);
  int expected = 0;
  const auto games = different(all);
  for (std::size_t g = 0; g < 90; ++g) {
    MailboxGame oracle(8);
    for (const Square square : games[g].moves()) oracle.play(square);
    expected += !oracle.over;
  }
  REQUIRE(expected > 10);
  CHECK(ProbeGames(source_of(kBoard8, std::make_shared<ListPlayer>(kBoard8, all)), 90).unfinished() == expected);
}

}  // namespace othello::test
