// PGN, as chess programs write games and as Othello games are found.
#pragma once

#include <string_view>

#include "data/formats/record.h"

namespace othello {

/// Any number of games: tags such as [Black "…"] and moves with numbers before them, which may count plies or lines and
/// are not looked at, but that 1 begins a new game. Passes are "pass", "pa", "ps" or "--", or left out. Comments in
/// braces, behind a semicolon or %, variations in parentheses, $-marks and !? are passed over. Tags and the result
/// behind the moves may be missing; a game ends at its result, at the next tag, or at the end of the text. A record's
/// place is the line of its first tag or move, or the line that cannot be read.
void parse_pgn(std::string_view bytes, const RecordSink& sink);

}  // namespace othello
