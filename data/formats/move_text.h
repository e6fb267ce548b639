// Moves as people write them: what PGN, transcripts and GGF have in common.
#pragma once

#include <optional>
#include <string_view>

#include "data/formats/record.h"

namespace othello {

/// Removes one move from the front of `text` and adds it to `record`: a square ("f5", "F5") or a pass ("pass", "pa",
/// "ps" in any case, or "--"). False, with nothing changed, if there is none.
bool take_move(std::string_view& text, Record& record);

/// Removes the longest line from the front of `text`, without its line break (\n, \r\n or \r).
std::string_view take_line(std::string_view& text);

/// Without the blanks and tabs on both sides.
std::string_view trimmed(std::string_view text);

/// Bytes of a source as they may appear in a message: at most 40, and nothing that a terminal would obey.
std::string quoted(std::string_view bytes);

/// Black's discs from a result such as "34-30"; −1 for "1-0", "1/2-1/2", "*" and what is no result.
int black_discs_of(std::string_view result);

/// Removes the mark that some editors put before UTF-8.
std::string_view without_byte_order_mark(std::string_view text);

}  // namespace othello
