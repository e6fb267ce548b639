// The formats that games are read in: their names, how a file's is told, and the way to their parsers.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "data/formats/record.h"
#include "data/formats/wthor.h"
#include "data/vocabulary.h"

namespace othello {

/// "wthor", "pgn", "ggf", "transcript", "tokens", "published-squares", "published-tokens"
const std::vector<std::string>& format_names();

/// By the ending (.wtb, .pgn, .ggf, .npy = our tokens) and else by how the text begins. Throws Error naming the file if
/// neither is certain, as with integers in text.
std::string detect_format(const std::filesystem::path& file, std::string_view bytes);

/// What the number in Record::place counts: "byte" or "line".
std::string_view place_unit(std::string_view format, std::string_view bytes);

/// Every record of `bytes`. Returns a sentence about the file as a whole if something is wrong with it, else "". Throws
/// Error naming `source` for what is not of that format, or for a board that the format does not have.
std::string parse_records(std::string_view format, std::string_view bytes, std::string_view source,
                          const Vocabulary& vocabulary, const WthorNames& names, const RecordSink& sink);

}  // namespace othello
