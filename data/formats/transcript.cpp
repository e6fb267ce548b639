#include "data/formats/transcript.h"

#include "common/error.h"
#include "data/formats/move_text.h"

namespace othello {
namespace {

bool is_score(std::string_view text) {
  return !text.empty() && text.find_first_not_of("+-0123456789.:=/ \t") == std::string_view::npos &&
         text.find_first_of("0123456789") != std::string_view::npos;
}

void read_moves(std::string_view line, Record& record) {
  std::string_view rest = line;
  while (!rest.empty()) {
    if (take_move(rest, record)) continue;
    const bool number = rest[0] == '-' && rest.size() > 1 && rest[1] >= '0' && rest[1] <= '9';
    if (!number && std::string_view(" \t,;.-").find(rest[0]) != std::string_view::npos) {
      rest.remove_prefix(1);
      continue;
    }
    if (!is_score(rest))
      record.reject(Fault::unreadable,
                    fmt::format("column {}: {} is no square", line.size() - rest.size() + 1, quoted(rest)));
    return;
  }
}

}  // namespace

void parse_transcripts(std::string_view bytes, const RecordSink& sink) {
  std::string_view rest = without_byte_order_mark(bytes);
  for (std::uint64_t number = 1; !rest.empty(); ++number) {
    const std::string_view line = trimmed(take_line(rest));
    if (line.empty() || line[0] == '#') continue;
    Record record;
    record.place = number;
    read_moves(line, record);
    sink(record);
  }
}

}  // namespace othello
