#include "data/formats/pgn.h"

#include <algorithm>
#include <string>
#include <utility>

#include "common/error.h"
#include "data/formats/move_text.h"

namespace othello {
namespace {

constexpr auto npos = std::string_view::npos;
constexpr std::size_t kLongestTag = 4096;

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// Walks the text once and hands over a record whenever a game is complete.
class Reader {
 public:
  Reader(std::string_view text, const RecordSink& sink) : rest_(text), sink_(sink) {}

  void read() {
    while (!rest_.empty()) {
      const char c = rest_[0];
      if (is_space(c)) skip(1);
      else if (c == ';' || (c == '%' && line_start_)) skip(rest_.find_first_of("\r\n"));
      else if (c == '{') comment();
      else if (c == '(') variation();
      else if (c == '[') tag();
      else word();
    }
    finish();
  }

 private:
  /// Goes on by `count` bytes, at most to the end, and counts the lines.
  void skip(std::size_t count) {
    const std::string_view passed = rest_.substr(0, count);
    line_ += static_cast<std::uint64_t>(std::count(passed.begin(), passed.end(), '\n'));
    line_start_ = !passed.empty() && (passed.back() == '\n' || passed.back() == '\r');
    rest_.remove_prefix(passed.size());
  }

  void begin() {
    if (std::exchange(open_, true)) return;
    record_.place = line_;
  }

  void reject(std::string what) {
    begin();
    if (record_.fault == Fault::none) record_.place = line_;
    record_.reject(Fault::unreadable, std::move(what));
  }

  void comment() { enclosed('{', '}', "a comment opens with { and is never closed"); }
  void variation() { enclosed('(', ')', "a variation opens with ( and is never closed"); }

  /// Goes on behind what closes here; where nothing does, to the tags of the next game, which is none the worse for it.
  void enclosed(char open, char close, const char* unclosed) {
    int depth = 0;
    std::size_t i = 0;
    for (; i < rest_.size(); ++i) {
      if (rest_[i] == open && (depth == 0 || open == '(')) ++depth;  // comments do not nest
      if (rest_[i] == close && --depth == 0) return skip(i + 1);
      if (rest_[i] == '\n' && rest_.substr(i + 1, 7) == "[Event ") break;
    }
    reject(unclosed);
    skip(i);
  }

  /// [Name "value"], with \" and \\ inside.
  void tag() {
    const std::string_view near = rest_.substr(0, kLongestTag);
    const std::string_view line = near.substr(0, near.find_first_of("\r\n"));
    const std::size_t quote = line.find('"');
    std::string value;
    std::size_t i = quote == npos ? npos : quote + 1;
    for (; i < line.size() && line[i] != '"'; ++i) {
      if (line[i] == '\\' && i + 1 < line.size()) ++i;
      value += line[i];
    }
    // A tag that is not as it should be but closed, such as [Round 1], is passed over.
    const bool whole = i < line.size() && line.find(']', i) != npos;
    const std::size_t end = whole ? line.find(']', i) : line.rfind(']');
    const std::string_view name = trimmed(line.substr(1, quote == npos ? npos : quote - 1));
    if (moved_ || (name == "Event" && has_event_)) finish();
    begin();
    if (end == npos) reject(fmt::format("{} is no tag such as [Black \"name\"]", quoted(line)));
    else if (whole) set(name, std::move(value));
    skip(end == npos ? line.size() : end + 1);
  }

  void set(std::string_view name, std::string value) {
    has_event_ |= name == "Event";
    if (name == "Event") event_ = std::move(value);
    else if (name == "Date") date_ = std::move(value);
    else if (name == "Black") black_ = std::move(value);
    else if (name == "White") white_ = std::move(value);
    else if (name == "Result") record_.black_discs = black_discs_of(value);
  }

  /// A number, a result, a mark or moves.
  void word() {
    const auto word_end = [](char c) { return is_space(c) || std::string_view("{}()[];").find(c) != npos; };
    const auto length = static_cast<std::size_t>(std::find_if(rest_.begin(), rest_.end(), word_end) - rest_.begin());
    std::string_view text = rest_.substr(0, std::max<std::size_t>(length, 1));
    const std::size_t size = text.size();
    const std::string_view digits = text.substr(0, text.find_first_not_of("0123456789"));
    if (text == "*" || (!digits.empty() && text.substr(digits.size(), 1).find_first_of("-/") == 0)) {
      result(text);
    } else if (text[0] != '$') {
      if (!digits.empty()) {
        const bool second_half = text.substr(digits.size(), 2) == "..";  // 1... is white's half of line 1
        if (digits == "1" && !second_half && record_.game.length > 0) finish();
        text.remove_prefix(std::min(text.size(), text.find_first_not_of('.', digits.size())));
      }
      moves(text);
    }
    skip(size);
  }

  void result(std::string_view text) {
    if (!open_) return;  // one more behind a game that is complete
    if (text.find_first_not_of("0123456789-/*") != npos) reject(fmt::format("{} is no result", quoted(text)));
    if (record_.black_discs < 0) record_.black_discs = black_discs_of(text);
    moved_ = true;
    finish();
  }

  void moves(std::string_view text) {
    if (text.empty()) return;
    begin();
    moved_ = true;
    while (take_move(text, record_)) {
    }
    if (text.find_first_not_of("!?.") != npos) reject(fmt::format("{} is no move", quoted(text)));
  }

  void finish() {
    if (open_) {
      record_.event = event_;
      record_.date = date_;
      record_.black = black_;
      record_.white = white_;
      sink_(record_);
    }
    record_ = Record{};
    for (std::string* text : {&event_, &date_, &black_, &white_}) text->clear();
    open_ = moved_ = has_event_ = false;
  }

  std::string_view rest_;
  const RecordSink& sink_;
  std::uint64_t line_ = 1;
  bool line_start_ = true;
  Record record_;
  std::string event_, date_, black_, white_;
  bool open_ = false;       // something of the current game was read
  bool moved_ = false;      // and its moves have begun, so that a tag belongs to the next game
  bool has_event_ = false;  // its tags have begun
};

}  // namespace

void parse_pgn(std::string_view bytes, const RecordSink& sink) { Reader(without_byte_order_mark(bytes), sink).read(); }

}  // namespace othello
