// From records to games: replays them, leaves out what is wrong or there already, and says which part a game belongs
// to.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "data/fingerprint.h"
#include "data/formats/record.h"
#include "engine/board.h"
#include "engine/lockstep.h"

namespace othello {

/// Which games are the same game: none, those with the same moves, or those that are mirror images of one another too.
enum class Dedup { none, exact, symmetric };

struct SieveOptions {
  BoardSize board = kBoard8;
  Dedup dedup = Dedup::exact;
  double test = 0;      // share of games for the test part. Which games those are depends on the games alone
  bool strict = false;  // the first fault is an Error instead of being counted
};

/// Records = games + duplicates + skipped.
struct SieveCounts {
  std::int64_t records = 0;
  std::int64_t games = 0;
  std::int64_t skipped = 0;
  std::int64_t illegal = 0;  // of those skipped: with a move that the rules forbid
  std::int64_t duplicates = 0;
  std::int64_t unfinished = 0;  // of the games: a move was still possible
  std::int64_t plies = 0;       // of the games
  std::int64_t test_games = 0;
  std::int64_t test_duplicates = 0;
  std::array<std::int64_t, kFaults> faults{};  // of those skipped: how many for which reason

  void add(const SieveCounts& more);
};

/// A game that stays.
struct KeptGame {
  const Game& game;
  bool test;                 // belongs to the test part: so do its mirror images, in every import with the same share
  std::uint64_t number;      // in its source, from 1
  std::string_view details;  // the rest of its line in games.tsv: event, date, black, white, black_discs
};

class Sieve {
 public:
  static constexpr std::size_t kProblems = 10;  // that are kept as sentences

  Sieve(const SieveOptions& options, std::function<void(const KeptGame&)> keep);

  /// The records of `source` follow, whose places are lines or bytes (`unit`).
  void begin(std::string source, std::string unit);
  /// If strict, a fault is an Error, after which the sieve is of no more use; so it is in `finish` and `note`.
  void add(const Record& record);
  /// What became of the records since `begin`; until then some may still be waiting.
  SieveCounts finish();
  /// Something is wrong with the source as a whole.
  void note(const std::string& sentence);

  /// The first few sentences.
  const std::vector<std::string>& problems() const { return problems_; }

 private:
  struct Row {
    std::uint64_t place;
    std::uint64_t passes;
    bool all_passes;
    std::size_t details_end;  // in details_
  };

  void flush();
  void judge(std::size_t i);
  void reject(Fault fault, std::uint64_t place, std::string_view what);

  SieveOptions options_;
  std::function<void(const KeptGame&)> keep_;
  std::string source_, unit_;
  SieveCounts counts_;
  std::vector<std::string> problems_;
  FingerprintSet seen_;

  // Waiting records, one element each.
  std::vector<Game> games_;
  std::vector<Row> rows_;
  std::string details_;
  std::vector<GameCheck> checks_;
  std::vector<Fingerprint> exact_, symmetric_;
};

}  // namespace othello
