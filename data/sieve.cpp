#include "data/sieve.h"

#include <algorithm>
#include <utility>

#include "common/error.h"
#include "common/threads.h"
#include "data/games_table.h"
#include "data/symmetry.h"
#include "engine/notation.h"
#include "engine/rules.h"

namespace othello {
namespace {

constexpr std::size_t kWaiting = 1 << 16;  // records that are replayed together
constexpr std::size_t kChunk = 1 << 11;    // by one thread

/// Of a legal game: what is wrong with the passes that its source writes, or "".
std::string wrong_pass(const BoardSize& board, const Game& game, std::uint64_t passes, bool all_passes) {
  Turn turn = next_turn(start_position(), board);
  for (std::size_t t = 0;; ++t) {
    const bool written = (passes >> t & 1) != 0;
    if (written && !turn.passed && !turn.over())
      return fmt::format("a pass is written after move {}, where there is a legal move", t);
    if (t == game.length) return {};
    if (!written && turn.passed && all_passes) return fmt::format("the pass after move {} is not written", t);
    turn = next_turn(play(turn.position, game.squares[t]), board);
  }
}

}  // namespace

void SieveCounts::add(const SieveCounts& more) {
  records += more.records;
  games += more.games;
  skipped += more.skipped;
  illegal += more.illegal;
  duplicates += more.duplicates;
  unfinished += more.unfinished;
  plies += more.plies;
  test_games += more.test_games;
  test_duplicates += more.test_duplicates;
  for (std::size_t i = 0; i < kFaults; ++i) faults[i] += more.faults[i];
}

Sieve::Sieve(const SieveOptions& options, std::function<void(const KeptGame&)> keep)
    : options_(options), keep_(std::move(keep)) {}

void Sieve::begin(std::string source, std::string unit) {
  source_ = std::move(source);
  unit_ = std::move(unit);
  counts_ = {};
}

void Sieve::add(const Record& record) {
  if (record.fault != Fault::none || record.game.length == 0) {
    flush();  // so that problems are told in order
    if (record.fault == Fault::none) reject(Fault::empty, record.place, "it has no moves");
    else reject(record.fault, record.place, record.problem);
    return;
  }
  games_.push_back(record.game);
  append_details(details_, record);
  rows_.push_back({record.place, record.passes, record.all_passes, details_.size()});
  if (games_.size() == kWaiting) flush();
}

SieveCounts Sieve::finish() {
  flush();
  return counts_;
}

void Sieve::note(const std::string& sentence) {
  flush();
  const std::string text = source_ + ": " + sentence;
  if (options_.strict) fail("{}", text);
  if (problems_.size() < kProblems) problems_.push_back(text);
}

void Sieve::reject(Fault fault, std::uint64_t place, std::string_view what) {
  ++counts_.records;
  if (options_.strict || problems_.size() < kProblems) {
    const std::string text = fmt::format("{}, game {}, {} {}: {}", source_, counts_.records, unit_, place, what);
    if (options_.strict) fail("{}", text);
    problems_.push_back(text);
  }
  ++counts_.skipped;
  counts_.illegal += forbidden_by_rules(fault);
  ++counts_.faults[static_cast<std::size_t>(fault)];
}

void Sieve::flush() {
  const std::size_t count = games_.size();
  if (count == 0) return;
  const bool exact = options_.dedup == Dedup::exact;
  const bool symmetric = options_.dedup == Dedup::symmetric || options_.test > 0;
  checks_.resize(count);
  exact_.resize(exact ? count : 0);
  symmetric_.resize(symmetric ? count : 0);
  parallel_for(static_cast<int>((count + kChunk - 1) / kChunk), available_cores(), [&](int chunk, int) {
    const std::size_t begin = static_cast<std::size_t>(chunk) * kChunk, end = std::min(count, begin + kChunk);
    verify_games(options_.board, std::span(games_).subspan(begin, end - begin),
                 std::span(checks_).subspan(begin, end - begin));
    for (std::size_t i = begin; i < end; ++i) {
      if (exact) exact_[i] = fingerprint(games_[i]);
      if (symmetric) symmetric_[i] = fingerprint(canonical(games_[i]));
    }
  });
  for (std::size_t i = 0; i < count; ++i) judge(i);
  games_.clear();
  rows_.clear();
  details_.clear();
}

void Sieve::judge(std::size_t i) {
  const Game& game = games_[i];
  const Row& row = rows_[i];
  const GameCheck& check = checks_[i];
  if (check.legal_moves < game.length) {
    const std::string move =
        fmt::format("move {} ({})", check.legal_moves + 1, square_name(game.squares[check.legal_moves]));
    if (check.over) return reject(Fault::after_end, row.place, move + " comes after the end of the game");
    return reject(Fault::illegal_move, row.place, move + " is not legal");
  }
  if (row.passes != 0 || row.all_passes) {
    const std::string problem = wrong_pass(options_.board, game, row.passes, row.all_passes);
    if (!problem.empty()) return reject(Fault::wrong_pass, row.place, problem);
  }
  ++counts_.records;
  const bool test = options_.test > 0 && unit_interval(symmetric_[i]) < options_.test;
  if (options_.dedup != Dedup::none && !seen_.insert(options_.dedup == Dedup::exact ? exact_[i] : symmetric_[i])) {
    ++counts_.duplicates;
    counts_.test_duplicates += test;
    return;
  }
  ++counts_.games;
  counts_.test_games += test;
  counts_.plies += game.length;
  counts_.unfinished += !check.over;
  const std::size_t begin = i == 0 ? 0 : rows_[i - 1].details_end;
  keep_({game, test, static_cast<std::uint64_t>(counts_.records),
         std::string_view(details_).substr(begin, row.details_end - begin)});
}

}  // namespace othello
