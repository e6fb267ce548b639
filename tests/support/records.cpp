#include "tests/support/records.h"

#include "engine/notation.h"

namespace othello::test {
namespace {

std::string two_bytes(int value) { return {static_cast<char>(value & 0xff), static_cast<char>(value >> 8)}; }

}  // namespace

RecordSink collect_into(std::vector<CollectedRecord>& records) {
  return [&records](const Record& record) {
    CollectedRecord& copy = records.emplace_back();
    copy.moves = game_text(record.game);
    copy.place = record.place;
    copy.passes = record.passes;
    copy.event = record.event;
    copy.date = record.date;
    copy.black = record.black;
    copy.white = record.white;
    copy.black_discs = record.black_discs;
    copy.fault = record.fault;
    copy.problem = record.problem;
  };
}

std::string wthor_header(std::uint32_t games, int board, int year) {
  std::string bytes{20, 13, 2, 1};
  for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(games >> shift & 0xff);
  return bytes + two_bytes(0) + two_bytes(year) + std::string{static_cast<char>(board), 0, 24, 0};
}

std::string wthor_game(const Game& game, int number, int black_discs) {
  std::string bytes = two_bytes(number) + two_bytes(number + 1) + two_bytes(number + 2);
  bytes += static_cast<char>(black_discs);
  bytes += static_cast<char>(black_discs);
  for (const int square : game.moves()) bytes += static_cast<char>(10 * (square / 8 + 1) + square % 8 + 1);
  bytes.resize(68, '\0');
  return bytes;
}

std::string wthor_names(const std::vector<std::string>& names, std::size_t width) {
  std::string bytes = wthor_header(static_cast<std::uint32_t>(names.size()));
  for (std::string name : names) {
    name.resize(width, '\0');
    bytes += name;
  }
  return bytes;
}

}  // namespace othello::test
