// WTHOR: the French federation's database of tournament games (.wtb), with its players (.JOU) and tournaments (.TRN).
//
// All little-endian, each file with a header of 16 bytes: century, year, month, day (u8 each), number of games (i32),
// number of names (u16), year of play (u16), board size (u8; 0 also means 8), type, depth of the theoretical score,
// reserved. A game has 68 bytes: tournament, black, white (u16 each), black's discs, theoretical discs (u8 each) and 60
// moves, 10 · rank + file from 11 to 88 (f5 = 56), 0 after the end; passes are implicit. Black's discs count the empty
// squares for the winner. Source: the databases of Edax (base.c) and Zebra (thordb.c), and the files themselves.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/formats/record.h"

namespace othello {

struct WthorNames {
  std::vector<std::string> players;
  std::vector<std::string> tournaments;
};

/// The names of a .JOU (`width` 20) or .TRN (26) file. Throws Error naming `source` if it has no header.
inline constexpr std::size_t kPlayerWidth = 20, kTournamentWidth = 26;
std::vector<std::string> parse_wthor_names(std::string_view bytes, std::string_view source, std::size_t width);

/// Every game of a .wtb file; a record's place is its byte. Returns a sentence if the header promises another number of
/// games than follow, else "". Throws Error naming `source` for what is no such file or another board size.
std::string parse_wthor(std::string_view bytes, std::string_view source, const WthorNames& names,
                        const RecordSink& sink);

}  // namespace othello
