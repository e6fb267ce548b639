#include "data/formats/format.h"

#include <algorithm>
#include <cctype>

#include "common/error.h"
#include "data/formats/ggf.h"
#include "data/formats/integers.h"
#include "data/formats/move_text.h"
#include "data/formats/pgn.h"
#include "data/formats/transcript.h"

namespace othello {
namespace {

bool is_npy(std::string_view bytes) { return bytes.substr(0, 6) == "\x93NUMPY"; }

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

Numbering numbering_of(std::string_view format) {
  if (format == "tokens") return Numbering::tokens;
  if (format == "published-squares") return Numbering::published_squares;
  if (format == "published-tokens") return Numbering::published_tokens;
  fail("'{}' is no format of games; choose {}", format, fmt::join(format_names(), ", "));
}

/// From the first line on that is neither blank nor a comment, which begins with #.
std::string_view without_comments(std::string_view text) {
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    if (text.empty() || text.front() != '#') return text;
    text.remove_prefix(std::min(text.find('\n'), text.size()));
  }
}

}  // namespace

const std::vector<std::string>& format_names() {
  static const std::vector<std::string> kNames{
      "wthor", "pgn", "ggf", "transcript", "tokens", "published-squares", "published-tokens"};
  return kNames;
}

std::string detect_format(const std::filesystem::path& file, std::string_view bytes) {
  std::string ending = file.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return std::tolower(c); });
  if (ending == ".wtb") return "wthor";
  if (ending == ".pgn" || ending == ".ggf") return ending.substr(1);
  if (ending == ".npy" || is_npy(bytes)) return "tokens";
  const std::string_view text = without_comments(without_byte_order_mark(bytes));
  if (text.substr(0, 2) == "(;") return "ggf";
  if (text.substr(0, 200).find("(;GM[Othello]") != std::string_view::npos) return "ggf";  // archives number the games
  if (text.size() >= 2 && text[0] == '[' && is_letter(text[1])) return "pgn";
  if (text.substr(0, 2) == "1.") return "pgn";
  if (text.size() >= 2 && is_letter(text[0]) && is_digit(text[1])) return "transcript";
  const bool integers = !text.empty() && (is_digit(text[0]) || text[0] == '[');
  fail("{}: {}; say --format {}", file.string(),
       integers ? "these integers can be our tokens or published ones" : "cannot tell its format",
       integers ? "tokens, published-squares or published-tokens" : fmt::format("{}", fmt::join(format_names(), ", ")));
}

std::string_view place_unit(std::string_view format, std::string_view bytes) {
  return format == "wthor" || is_npy(bytes) ? "byte" : "line";
}

std::string parse_records(std::string_view format, std::string_view bytes, std::string_view source,
                          const Vocabulary& vocabulary, const WthorNames& names, const RecordSink& sink) {
  const bool any_board = format == "transcript" || format == "tokens";
  if (!any_board && vocabulary.board() != kBoard8) fail("{}: the format {} has games of 8×8 only", source, format);
  if (format == "wthor") return parse_wthor(bytes, source, names, sink);
  if (format == "pgn") parse_pgn(bytes, sink);
  else if (format == "ggf") parse_ggf(bytes, sink);
  else if (format == "transcript") parse_transcripts(bytes, sink);
  else {
    const IntegerCode code(numbering_of(format), vocabulary);
    if (is_npy(bytes)) parse_npy_games(bytes, source, code, vocabulary.max_moves(), sink);
    else parse_integer_lines(bytes, code, sink);
  }
  return {};
}

}  // namespace othello
