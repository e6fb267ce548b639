// Transcripts: one game a line, f5d6c3…
#pragma once

#include <string_view>

#include "data/formats/record.h"

namespace othello {

/// Squares in either case, with or without blanks, commas, semicolons, dots or dashes between them; passes may be
/// written ("pass", "pa", "ps", "--") or left out; a score may follow ("+12", "34-30"), which is passed over, for
/// programs differ in what they mean by it. Empty lines and lines that begin with # are no records. A record's place
/// is its line.
void parse_transcripts(std::string_view bytes, const RecordSink& sink);

}  // namespace othello
