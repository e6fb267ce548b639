// GGF, the Generic Game Format of the GGS server: (;GM[Othello]PB[…]PW[…]BO[8 … *]B[f5//1.2]W[d6];)
// Source: skatgame.net/mburo/ggsa/ggf
#pragma once

#include <string_view>

#include "data/formats/record.h"

namespace othello {

/// Any number of games, which begin at "(;" and end at ";)"; what stands between them is passed over. A move is
/// B[square/evaluation/time] or W[…], its pass PA; two moves of one colour in a row are a pass of the other. Games of
/// other kinds, on other boards or from another start than Othello's are records at fault. A record's place is the line
/// on which it begins.
void parse_ggf(std::string_view bytes, const RecordSink& sink);

}  // namespace othello
