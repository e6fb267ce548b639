#include "probes/probe_games.h"

#include <algorithm>
#include <limits>

#include "common/error.h"
#include "data/batch.h"
#include "data/fingerprint.h"
#include "data/symmetry.h"

namespace othello {
namespace {

constexpr std::uint64_t kBlock = 4096;

/// Whether to play on after `played` games with `found` different ones: all of a period, else as long as one in
/// eight is new, after a first stretch in which anything goes.
bool goes_on(const Player& player, std::uint64_t played, std::int64_t found) {
  if (player.period() > 0) return played < player.period();
  return played < 16 * kBlock + 8 * static_cast<std::uint64_t>(found);
}

}  // namespace

ProbeGames::ProbeGames(const GameSource& source, std::int64_t count, const ProbeGames* others)
    : source_(source), count_(count) {
  const Player& player = source.player();
  FingerprintSet seen;
  for (std::int64_t first = 0; others != nullptr && first < others->count(); first += kBlock)
    for (const auto& game : others->take(first, std::min<std::int64_t>(kBlock, others->count() - first)))
      seen.insert(fingerprint(canonical(game)));
  std::vector<GameCheck> checks(kBlock);
  std::uint64_t played = 0;
  std::int64_t found = 0;
  while (found < count && goes_on(player, played, found)) {
    const auto games = take_games(source, played, static_cast<std::int64_t>(kBlock));
    verify_games(source.board(), games, checks);
    for (std::size_t i = 0; i < games.size() && found < count; ++i, ++played) {
      if (games[i].length == 0 || !seen.insert(fingerprint(canonical(games[i])))) {
        dropped_.push_back(played);
        continue;
      }
      ++found;
      unfinished_ += !checks[i].over;
    }
  }
  if (found == count) return;
  const auto* beside = others == nullptr ? "" : " beside those of the other player";
  if (player.period() > 0)
    fail("{} has {} different games{}, and {} were asked for: ask for at most {}", player.name(), found, beside, count,
         found);
  fail("the first {} games of {} hold {} different ones{}, and {} were asked for: ask for at most {}", played,
       player.name(), found, beside, count, found);
}

std::vector<Game> ProbeGames::take(std::int64_t first, std::int64_t count) const {
  if (first < 0 || count < 0 || first > count_ - count)
    fail("games {} to {} were asked for, of {}", first, first + count - 1, count_);
  // Before the game dropped_[j] there are dropped_[j] − j that stayed.
  const auto stays = std::partition_point(dropped_.begin(), dropped_.end(), [&](const std::uint64_t& number) {
    return number - static_cast<std::uint64_t>(&number - dropped_.data()) <= static_cast<std::uint64_t>(first);
  });
  auto skipped = static_cast<std::size_t>(stays - dropped_.begin());
  std::vector<Game> games(static_cast<std::size_t>(count));
  std::uint64_t next = static_cast<std::uint64_t>(first) + skipped;
  for (std::size_t done = 0; done < games.size(); ++skipped) {
    const auto end = skipped < dropped_.size() ? dropped_[skipped] : std::numeric_limits<std::uint64_t>::max();
    const auto run = std::min<std::uint64_t>(end - next, games.size() - done);
    source_.play(next, std::span(games).subspan(done, run));
    done += run;
    next = end + 1;
  }
  return games;
}

}  // namespace othello
