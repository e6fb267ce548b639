#include <algorithm>

#include "common/error.h"
#include "common/files.h"
#include "engine/notation.h"
#include "interventions/case_set.h"

namespace othello {
namespace {

constexpr std::size_t kLongestName = 60;

/// Published squares are letter·8 + digit − 1.
Square from_published(const Json& value, const BoardSize& board) {
  if (!value.is_number_integer()) fail("a published square must be a whole number, not {}", json_text(value));
  const auto number = value.get<std::int64_t>();
  if (number < 0 || number > 63) fail("{} is no square: published ones are 0 to 63", number);
  const auto square = static_cast<Square>(number % 8 * 8 + number / 8);
  if ((board.squares & bit(square)) == 0) fail("{} is not on this board", square_name(square));
  return square;
}

const Json& member(const Json& line, const char* key) {
  const auto found = line.find(key);
  if (found == line.end()) fail("it has no \"{}\"", key);
  return *found;
}

std::string text_of(const Json& line, const char* key) {
  const auto& value = member(line, key);
  if (!value.is_string()) fail("\"{}\" must be text, not {}", key, json_text(value));
  return value.get<std::string>();
}

void check_keys(const Json& line, const std::vector<std::string>& known) {
  for (const auto& [key, value] : line.items())
    if (std::find(known.begin(), known.end(), key) == known.end())
      fail("\"{}\" is no key of a case; the nearest is \"{}\"", key, nearest(key, known));
}

Case published_case(const Json& line, const Vocabulary& vocabulary) {
  check_keys(line, {"history", "pos_int", "ori_color"});
  const auto& board = vocabulary.board();
  const auto& moves = member(line, "history");
  if (!moves.is_array()) fail("\"history\" must be a list of squares beside \"pos_int\"");
  if (moves.size() > static_cast<std::size_t>(vocabulary.max_moves())) fail("its history has {} moves", moves.size());
  Game history;
  for (const auto& move : moves) history.add(from_published(move, board));
  const auto square = from_published(member(line, "pos_int"), board);
  auto made = make_case(vocabulary, history, {{square, Change::flip}});
  const auto& colour = member(line, "ori_color");  // of the disc before the flip: 0 white, 2 black
  if (!colour.is_number() || (colour != 0 && colour != 2)) fail("\"ori_color\" must be 0 (white) or 2 (black)");
  if (((made.before.black() & bit(square)) != 0) != (colour == 2))
    fail("the disc on {} is {}, not {}", square_name(square), colour == 2 ? "white" : "black",
         colour == 2 ? "black" : "white");
  return made;
}

void add_changes(const Json& line, Change change, const BoardSize& board, std::vector<SquareChange>& to) {
  const auto key = word_of(change);
  const auto found = line.find(key);
  if (found == line.end()) return;
  const Json list = found->is_array() ? *found : Json::array({*found});
  for (const auto& name : list) {
    if (!name.is_string()) fail("\"{}\" must be a square or a list of squares, like \"d5\"", key);
    to.push_back({parse_square(name.get<std::string>(), board), change});
  }
}

Case written_case(const Json& line, const Vocabulary& vocabulary) {
  check_keys(line, {"history", "flip", "erase", "donor", "set", "name"});
  const auto& board = vocabulary.board();
  const auto history = parse_game(text_of(line, "history"), board);
  if (line.contains("donor")) {
    if (line.contains("flip") || line.contains("erase") || line.contains("set"))
      fail("a case with a donor has no changes of its own");
    return make_donor_case(vocabulary, history, parse_game(text_of(line, "donor"), board));
  }
  std::vector<SquareChange> changes;
  add_changes(line, Change::flip, board, changes);
  add_changes(line, Change::erase, board, changes);
  auto made = make_case(vocabulary, history, std::move(changes));
  if (!line.contains("set")) return made;
  const auto set = text_of(line, "set");
  if (set != "natural" && set != "unnatural") fail("\"set\" must be \"natural\" or \"unnatural\", not \"{}\"", set);
  const auto why = certificate(made.after);
  if (set == "natural" && !why.empty()) fail("no game reaches its board ({}), so it is not natural", why);
  if (set == "unnatural" && why.empty()) fail("nothing says that no game reaches its board, so it is not unnatural");
  return made;
}

Case parse_line(const std::string& text, const Vocabulary& vocabulary, std::string& source) {
  const Json line = parse_json(text, "it");
  if (!line.is_object()) fail("a case must be an object, like {{\"history\": \"f5d6c3\", \"flip\": \"d5\"}}");
  if (line.contains("name")) {
    const auto name = text_of(line, "name");
    if (name.size() > kLongestName || std::any_of(name.begin(), name.end(), [](char c) { return c >= 0 && c < ' '; }))
      fail("\"name\" must be at most {} printable characters", kLongestName);
    source += fmt::format(" ({})", name);
  }
  return line.contains("pos_int") ? published_case(line, vocabulary) : written_case(line, vocabulary);
}

}  // namespace

CaseSet parse_cases(std::string_view text, const std::string& name, const Vocabulary& vocabulary) {
  CaseSet set;
  set.name = name;
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    const auto end = text.find('\n');
    auto line = std::string(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const auto first = line.find_first_not_of(" \t\r");
    if (first == std::string::npos || line[first] == '#' || line.compare(first, 2, "//") == 0) continue;
    std::string source = fmt::format("line {}", number);
    try {
      auto made = parse_line(line, vocabulary, source);
      made.source = source;
      set.cases.push_back(std::move(made));
    } catch (const Error& error) {
      set.rejections.push_back({source, error.what()});
    }
  }
  if (set.cases.empty()) {
    if (set.rejections.empty()) fail("{}: there is no case in it", name);
    fail("{}: none of its {} cases is one; {}: {}", name, set.rejections.size(), set.rejections[0].source,
         set.rejections[0].reason);
  }
  return set;
}

CaseSet read_cases(const std::filesystem::path& file, const Vocabulary& vocabulary) {
  return parse_cases(read_file(file), file.string(), vocabulary);
}

}  // namespace othello
