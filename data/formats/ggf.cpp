#include "data/formats/ggf.h"

#include <algorithm>
#include <charconv>

#include "common/error.h"
#include "data/formats/move_text.h"

namespace othello {
namespace {

constexpr auto npos = std::string_view::npos;

constexpr std::size_t kLongest = 65536;  // bytes of a property; without a bound, hostile input would take hours

/// BO's value without blanks: the size, the squares from a1 on, the side to move.
constexpr std::string_view kStart = "8---------------------------O*------*O---------------------------*";

/// RE's value, the difference of discs as black sees it: "+4.000" is 34 discs. −1 for what is no such difference.
int discs_from_difference(std::string_view text) {
  if (text.substr(0, 1) == "+") text.remove_prefix(1);
  double difference = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), difference);
  if (error != std::errc{} || !(difference >= -64 && difference <= 64)) return -1;
  const int whole = static_cast<int>(difference);
  return whole == difference && whole % 2 == 0 ? 32 + whole / 2 : -1;
}

struct GameReader {
  Record record;
  bool black_to_move = true;
  std::string_view place_played, event;

  void move(bool black, std::string_view value) {
    if (black != black_to_move) record.add_pass();  // the other side was left out
    black_to_move = !black;
    std::string_view text = trimmed(value.substr(0, value.find('/')));
    if (!take_move(text, record) || !text.empty())
      record.reject(Fault::unreadable, fmt::format("move {}: {} is no square", record.game.length + 1, quoted(value)));
  }

  void property(std::string_view name, std::string_view value) {
    if (name == "B" || name == "W") move(name == "B", value);
    else if (name == "PB") record.black = value;
    else if (name == "PW") record.white = value;
    else if (name == "PC") place_played = value;
    else if (name == "EV") event = value;
    else if (name == "DT") record.date = value;
    else if (name == "RE") record.black_discs = discs_from_difference(value);
    else if (name == "GM" && value != "Othello") record.reject(Fault::foreign, quoted(value) + " is not Othello");
    else if (name == "BO") board(value);
  }

  void board(std::string_view value) {
    std::string squares(value);
    squares.erase(
        std::remove_if(squares.begin(), squares.end(), [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }),
        squares.end());
    if (squares != kStart) record.reject(Fault::foreign, "its board is not the start of 8×8: " + quoted(value));
  }
};

/// Reads properties up to ";)" and removes them from `rest`.
Record read_game(std::string_view& rest, std::uint64_t line) {
  GameReader reader;
  reader.record.place = line;
  reader.record.all_passes = true;
  for (;;) {
    const std::size_t begin = rest.find_first_not_of(" \t\r\n\v\f");
    rest.remove_prefix(std::min(begin, rest.size()));
    if (rest.empty()) {
      reader.record.reject(Fault::truncated, "the file ends before ';)'");
      break;
    }
    if (rest.substr(0, 2) == ";)") {
      rest.remove_prefix(2);
      break;
    }
    const std::size_t open = rest.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    const std::size_t close = open == npos || rest[open] != '[' ? npos : rest.substr(0, kLongest).find(']', open);
    if (open == 0 || close == npos) {
      reader.record.reject(Fault::unreadable, quoted(rest) + " is no property such as B[f5]");
      const std::size_t next = rest.find("(;");  // where the next game begins, if there is one
      rest.remove_prefix(std::min(next, rest.size()));
      break;
    }
    reader.property(rest.substr(0, open), rest.substr(open + 1, close - open - 1));
    rest.remove_prefix(close + 1);
  }
  reader.record.event = reader.event.empty() ? reader.place_played : reader.event;
  return reader.record;
}

}  // namespace

void parse_ggf(std::string_view bytes, const RecordSink& sink) {
  std::uint64_t line = 1;
  for (std::string_view rest = bytes;;) {
    const std::size_t start = rest.find("(;");
    if (start == npos) return;
    const char* from = rest.data();
    rest.remove_prefix(start + 2);
    line += static_cast<std::uint64_t>(std::count(from, rest.data(), '\n'));
    from = rest.data();
    sink(read_game(rest, line));
    line += static_cast<std::uint64_t>(std::count(from, rest.data(), '\n'));
  }
}

}  // namespace othello
