#include "data/formats/move_text.h"

#include <algorithm>
#include <charconv>

namespace othello {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Length of the pass at the front of `text`, 0 if there is none.
std::size_t pass_length(std::string_view text) {
  if (text.substr(0, 2) == "--") return 2;
  if (text.size() < 2 || lower(text[0]) != 'p') return 0;
  if (text.size() >= 4 && lower(text[1]) == 'a' && lower(text[2]) == 's' && lower(text[3]) == 's') return 4;
  return lower(text[1]) == 'a' || lower(text[1]) == 's' ? 2 : 0;
}

}  // namespace

bool take_move(std::string_view& text, Record& record) {
  if (text.size() < 2) return false;
  const int file = lower(text[0]) - 'a';
  const int rank = text[1] - '1';
  std::size_t length = 2;
  if (file >= 0 && file < 8 && rank >= 0 && rank < 8) record.add_move(file + 8 * rank);
  else if ((length = pass_length(text)) > 0) record.add_pass();
  else return false;
  text.remove_prefix(length);
  return true;
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find_first_of("\r\n");
  const std::string_view line = text.substr(0, end);
  if (end == std::string_view::npos) text = {};
  else text.remove_prefix(end + (text.substr(end, 2) == "\r\n" ? 2 : 1));
  return line;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

std::string quoted(std::string_view bytes) {
  std::string text(bytes.substr(0, 40));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return "'" + text + (bytes.size() > 40 ? "…'" : "'");
}

int black_discs_of(std::string_view result) {
  int black = 0, white = 0;
  const char* end = result.data() + result.size();
  const auto first = std::from_chars(result.data(), end, black);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '-') return -1;
  const auto second = std::from_chars(first.ptr + 1, end, white);
  if (second.ec != std::errc{} || second.ptr != end) return -1;
  const bool discs = black >= 0 && white >= 0 && black <= 64 && white <= 64 && black + white <= 64 && black + white > 3;
  return discs ? black : -1;
}

std::string_view without_byte_order_mark(std::string_view text) {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  if (text.substr(0, kMark.size()) == kMark) text.remove_prefix(kMark.size());
  return text;
}

}  // namespace othello
