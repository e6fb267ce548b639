// games.tsv: who played an imported game, one line per game in the order of the shards.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "data/formats/record.h"

namespace othello {

inline constexpr const char* kGamesTable = "games.tsv";
inline constexpr std::string_view kGamesTableHeader = "file\tgame\tevent\tdate\tblack\twhite\tblack_discs\n";

/// Appends `text` as UTF-8 (it is taken for latin-1 where it is not UTF-8 already), with a blank in place of each tab,
/// line break and other control character.
void append_clean(std::string& out, std::string_view text);

/// Appends the columns from "event" on, and the line break.
void append_details(std::string& out, const Record& record);

/// Empty where unknown.
struct GameDetails {
  std::string_view event, date, black, white;
};

/// The lines of a table; the views point into `table`. Throws Error naming `source` and the line if a header, a line or
/// a column is missing, or if there are not `games` lines.
std::vector<GameDetails> parse_games_table(std::string_view table, std::string_view source, std::int64_t games);

}  // namespace othello
