#include "common/config.h"

#include <algorithm>
#include <numeric>
#include <set>

namespace othello {
namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
  const auto best = std::min_element(known.begin(), known.end(), [&](const auto& a, const auto& b) {
    return edit_distance(word, a) < edit_distance(word, b);
  });
  return best == known.end() ? std::string{} : *best;
}

void fail_unknown_key(const std::string& key, const std::vector<std::string>& known) {
  fail("unknown configuration key '{}'; the nearest valid one is '{}'", key, nearest(key, known));
}

void set_by_path(Json& document, std::string_view assignment) {
  const auto equals = assignment.find('=');
  if (equals == std::string_view::npos || equals == 0)
    throw UsageError(fmt::format("'--set {}' is not of the form key.path=value", assignment));
  const std::string_view path = assignment.substr(0, equals);
  const std::string text(assignment.substr(equals + 1));
  Json* node = &document;
  for (std::size_t begin = 0;;) {
    const auto dot = path.find('.', begin);
    const std::string key(path.substr(begin, dot == std::string_view::npos ? dot : dot - begin));
    if (key.empty() || (!node->is_object() && !node->is_null()))
      throw UsageError(fmt::format("'--set {}' does not name a key", assignment));
    node = &(*node)[key];
    if (dot == std::string_view::npos) break;
    begin = dot + 1;
  }
  try {
    *node = parse_json(text, "--set");
  } catch (const Error&) {
    *node = text;
  }
}

Json parse_json(std::string_view text, std::string_view source, bool comments) {
  // What reads a document later recurses into it, so its depth has to be bounded here.
  constexpr int deepest = 64;
  std::vector<std::set<std::string>> keys;  // of the objects that are open; of a repeated key the parser keeps the last
  const auto check = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (depth > deepest) fail("{}: not a document of this program: nested deeper than {}", source, deepest);
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second)
      fail("{}: it has the key '{}' twice", source, parsed.get<std::string>());
    return true;
  };
  try {
    return Json::parse(text, check, true, comments);
  } catch (const Json::parse_error& e) {
    fail("{}: not valid JSON at byte {}", source, e.byte);
  } catch (const Json::exception&) {  // a number such as 1e999
    fail("{}: not valid JSON: a number is too large", source);
  }
}

std::string json_text(const Json& document, int indent) {
  return document.dump(indent, ' ', false, Json::error_handler_t::replace);
}

namespace detail {

void check_range(const std::string& key, double value, Range range) {
  if (!(value >= range.low && value <= range.high))
    fail("configuration key '{}' is {}, but must lie between {} and {}", key, value, range.low, range.high);
}

void check_word(const std::string& key, const std::string& value, const OneOf& allowed) {
  const auto& words = allowed.words;
  if (std::find(words.begin(), words.end(), value) == words.end())
    fail("configuration key '{}' is '{}', but must be one of: {}", key, value, fmt::join(words, ", "));
}

void fail_type(const std::string& key, std::string_view expected, const Json& found) {
  fail("configuration key '{}' must be {}, not {}", key, expected, json_text(found).substr(0, 60));
}

}  // namespace detail
}  // namespace othello
