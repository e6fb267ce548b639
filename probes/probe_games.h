// The games of a probe sweep: no two alike, in disjoint parts.
#pragma once

#include <vector>

#include "data/games.h"

namespace othello {

/// The first different games of a source: one that was there before, move by move or as its mirror image, is left out,
/// and so is one without a move.
class ProbeGames {
 public:
  /// Plays through the source until `count` games are found: about 1 µs a random game, and 100 bytes at most until
  /// that is done. Throws Error saying how many there are if they are fewer: the games of a player with a period all of
  /// them, those of another one until seven of eight were there before. The games of `others`, if given, and their
  /// mirror images count as having been there.
  ProbeGames(const GameSource& source, std::int64_t count, const ProbeGames* others = nullptr);

  std::int64_t count() const { return count_; }
  /// Games that were left out on the way to the last one.
  std::int64_t dropped() const { return static_cast<std::int64_t>(dropped_.size()); }
  /// Of the games: a move was still possible at their end.
  std::int64_t unfinished() const { return unfinished_; }

  /// Games first … first+count−1 of those that are left. Throws Error if there are fewer.
  std::vector<Game> take(std::int64_t first, std::int64_t count) const;

 private:
  GameSource source_;
  std::int64_t count_;
  std::int64_t unfinished_ = 0;
  std::vector<std::uint64_t> dropped_;  // their numbers in the source, ascending
};

}  // namespace othello
