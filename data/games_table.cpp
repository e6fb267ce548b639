#include "data/games_table.h"

#include <algorithm>
#include <array>

#include "common/error.h"

namespace othello {
namespace {

bool is_plain(char c) { return c >= ' ' && c <= '~'; }

/// Length of the UTF-8 sequence at the front of `text` (RFC 3629: no surrogates, nothing longer than need be); 0 if
/// there is none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  const unsigned second = byte(1);
  const bool bad = (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
                   (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f);
  return bad ? 0 : length;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace

void append_clean(std::string& out, std::string_view text) {
  if (std::all_of(text.begin(), text.end(), is_plain)) {
    out += text;
    return;
  }
  const bool utf8 = is_utf8(text);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < ' ' || byte == 0x7f) {
      out += ' ';
    } else if (byte < 0x80 || utf8) {
      out += c;
    } else {
      out += static_cast<char>(0xc0 | byte >> 6);
      out += static_cast<char>(0x80 | (byte & 0x3f));
    }
  }
}

void append_details(std::string& out, const Record& record) {
  for (const std::string_view text : {record.event, record.date, record.black, record.white}) {
    append_clean(out, text);
    out += '\t';
  }
  if (record.black_discs >= 0) {
    const fmt::format_int discs(record.black_discs);
    out.append(discs.data(), discs.size());
  }
  out += '\n';
}

std::vector<GameDetails> parse_games_table(std::string_view table, std::string_view source, std::int64_t games) {
  if (table.substr(0, kGamesTableHeader.size()) != kGamesTableHeader)
    fail("{}, line 1: expected the columns file, game, event, date, black, white, black_discs", source);
  table.remove_prefix(kGamesTableHeader.size());
  std::vector<GameDetails> rows;
  while (!table.empty()) {
    std::array<std::string_view, 7> columns;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const std::size_t end = table.find_first_of("\t\n");
      if (end == std::string_view::npos || table[end] != (i == 6 ? '\n' : '\t'))
        fail("{}, line {}: expected 7 columns", source, rows.size() + 2);
      columns[i] = table.substr(0, end);
      table.remove_prefix(end + 1);
    }
    rows.push_back({columns[2], columns[3], columns[4], columns[5]});
  }
  if (rows.size() != static_cast<std::size_t>(games))
    fail("{}: it has {} lines of games, the dataset {} games", source, rows.size(), games);
  return rows;
}

}  // namespace othello
