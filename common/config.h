// Strict configuration: plain structs ↔ JSON through one list of fields per struct.
//
//   struct Sizes {
//     int layers = 6;
//     template <class Visitor> void fields(Visitor& v) { v("layers", layers, Range{1, 64}); }
//   };
//
// The same list writes the struct, reads it, and rejects unknown keys, wrong types and values out of range.
#pragma once

#include <nlohmann/json.hpp>

#include <algorithm>
#include <concepts>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/error.h"

namespace othello {

using Json = nlohmann::ordered_json;

/// Closed interval of allowed numbers.
struct Range {
  double low = std::numeric_limits<double>::lowest();
  double high = std::numeric_limits<double>::max();
};

/// The allowed words of a string field.
struct OneOf {
  std::vector<std::string> words;
};

/// The word of `known` with the smallest edit distance to `word`, or "" if `known` is empty.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

/// "train.precison" → sentence that names the key and the nearest valid one. Always throws.
[[noreturn]] void fail_unknown_key(const std::string& key, const std::vector<std::string>& known);

/// Sets `a.b.c` in `document` to `value`, which is read as JSON and, failing that, as a string.
void set_by_path(Json& document, std::string_view assignment);

/// Parses a JSON text, which may have // comments if `comments`; errors name `source` and the byte.
Json parse_json(std::string_view text, std::string_view source, bool comments = false);

/// The document as text; bytes that are no UTF-8 (in paths, say) are replaced instead of being an error. `indent` −1
/// puts it in one line.
std::string json_text(const Json& document, int indent = -1);

namespace detail {

void check_range(const std::string& key, double value, Range range);
void check_word(const std::string& key, const std::string& value, const OneOf& words);
[[noreturn]] void fail_type(const std::string& key, std::string_view expected, const Json& found);

template <class T>
concept HasFields = requires(T t, int& v) {
  t.fields(v);
};

class Writer {
 public:
  template <class T, class... Checks>
  void operator()(const char* name, T& value, const Checks&...) {
    if constexpr (HasFields<T>) {
      Writer inner;
      value.fields(inner);
      out[name] = std::move(inner.out);
    } else {
      out[name] = value;
    }
  }
  Json out = Json::object();
};

class Reader {
 public:
  Reader(const Json& in, std::string path) : in_(in), path_(std::move(path)) {}

  template <class T, class... Checks>
  void operator()(const char* name, T& value, const Checks&... checks) {
    known_.push_back(path_ + name);
    const auto found = in_.find(name);
    if (found == in_.end()) return;
    const std::string key = path_ + name;
    if constexpr (HasFields<T>) {
      if (!found->is_object()) fail_type(key, "an object", *found);
      Reader inner(*found, key + ".");
      value.fields(inner);
      inner.finish();
    } else {
      read(key, *found, value);
      (check(key, value, checks), ...);
    }
  }

  /// Rejects keys that no field claimed.
  void finish() const {
    for (const auto& item : in_.items()) {
      const std::string key = path_ + item.key();
      if (std::find(known_.begin(), known_.end(), key) == known_.end()) fail_unknown_key(key, known_);
    }
  }

 private:
  static void read(const std::string& key, const Json& in, bool& out) {
    if (!in.is_boolean()) fail_type(key, "true or false", in);
    out = in.get<bool>();
  }
  static void read(const std::string& key, const Json& in, std::string& out) {
    if (!in.is_string()) fail_type(key, "a string", in);
    out = in.get<std::string>();
  }
  template <std::integral T>
  static void read(const std::string& key, const Json& in, T& out) {
    if (!in.is_number_integer()) fail_type(key, "a whole number", in);
    if (in.is_number_unsigned()) {
      if (!std::in_range<T>(in.get<std::uint64_t>())) fail_type(key, "a smaller number", in);
    } else if (!std::in_range<T>(in.get<std::int64_t>())) {
      fail_type(key, std::is_unsigned_v<T> ? "a number of at least 0" : "a number closer to 0", in);
    }
    out = in.get<T>();
  }
  static void read(const std::string& key, const Json& in, double& out) {
    if (!in.is_number()) fail_type(key, "a number", in);
    out = in.get<double>();
  }
  template <class T>
  static void check(const std::string& key, const T& value, const Range& range) {
    check_range(key, static_cast<double>(value), range);
  }
  static void check(const std::string& key, const std::string& value, const OneOf& words) {
    check_word(key, value, words);
  }

  const Json& in_;
  std::string path_;
  std::vector<std::string> known_;
};

}  // namespace detail

/// The struct as JSON, fields in the order in which they are listed.
template <class Config>
Json to_json(Config config) {
  detail::Writer writer;
  config.fields(writer);
  return std::move(writer.out);
}

/// Overwrites the fields that `in` names. Throws Error for unknown keys, wrong types and values out of range;
/// `prefix` ("" or "model.") is put before the keys in messages.
template <class Config>
void read_config(Config& config, const Json& in, const std::string& prefix = "") {
  if (!in.is_object()) fail("the configuration must be an object, not {}", json_text(in).substr(0, 60));
  Config copy = config;
  detail::Reader reader(in, prefix);
  copy.fields(reader);
  reader.finish();
  config = copy;
}

}  // namespace othello
