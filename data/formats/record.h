// What every parser of games yields: the moves as they are written, where they stood, and who played.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/game.h"

namespace othello {

/// Why a record of a source is left out. The last three are moves that the rules forbid.
enum class Fault : std::uint8_t { none, unreadable, truncated, empty, foreign, illegal_move, after_end, wrong_pass };
inline constexpr std::size_t kFaults = 8;

/// As in "skipped: 3 with an illegal move".
constexpr std::string_view fault_name(Fault fault) {
  constexpr std::string_view kNames[kFaults] = {
      "no fault",        "unreadable moves",     "a truncated end", "no moves", "another game or start",
      "an illegal move", "a move after the end", "a wrong pass"};
  return kNames[static_cast<std::size_t>(fault)];
}
constexpr bool forbidden_by_rules(Fault fault) { return fault >= Fault::illegal_move; }

/// A game as its source has it, not yet replayed. The texts live only during the call that hands the record over.
struct Record {
  Game game;                 // squares 0..63
  std::uint64_t passes = 0;  // bit k: a pass is written after move k
  bool all_passes = false;   // the source writes every pass, so one that is missing is wrong too
  std::uint64_t place = 0;   // where it begins, or where it went wrong: a line (from 1) or a byte (from 0)
  std::string_view event, date, black, white;  // in whatever encoding the source has; empty where unknown
  int black_discs = -1;                        // at the end, as the source tells; −1 where it does not
  Fault fault = Fault::none;
  std::string problem;  // what is wrong, if fault is not none
  int passes_in_a_row = 0;

  /// Only the first fault counts.
  void reject(Fault why, std::string what) {
    if (fault != Fault::none) return;
    fault = why;
    problem = std::move(what);
  }
  void add_move(Square square) {
    if (passes_in_a_row > 1) reject(Fault::wrong_pass, "a move follows two passes in a row");
    passes_in_a_row = 0;
    if (game.length == game.squares.size()) reject(Fault::after_end, "it has more than 60 moves");
    else game.add(square);
  }
  void add_pass() {
    passes |= std::uint64_t{1} << game.length;
    ++passes_in_a_row;
  }
};

using RecordSink = std::function<void(const Record&)>;

}  // namespace othello
