// What parsers of games yield, collected; and small WTHOR files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/formats/record.h"

namespace othello::test {

/// A record with texts of its own.
struct CollectedRecord {
  std::string moves;  // f5d6c3
  std::uint64_t place = 0, passes = 0;
  std::string event, date, black, white;
  int black_discs = -1;
  Fault fault = Fault::none;
  std::string problem;
};

/// A sink that appends to `records`.
RecordSink collect_into(std::vector<CollectedRecord>& records);

/// The 16 bytes before the games (or names) of a WTHOR file.
std::string wthor_header(std::uint32_t games, int board = 8, int year = 2012);

/// A game of 68 bytes: tournament and players are `number`, `number` + 1 and `number` + 2.
std::string wthor_game(const Game& game, int number = 0, int black_discs = 32);

/// A .JOU or .TRN file.
std::string wthor_names(const std::vector<std::string>& names, std::size_t width);

}  // namespace othello::test
