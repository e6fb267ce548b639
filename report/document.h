// Reading result documents: every error names the file and the field.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/config.h"
#include "common/statistics.h"
#include "engine/board.h"

namespace othello {

/// One number per square a1 … h8; nothing for squares that are not on the board.
using SquareValues = std::array<std::optional<double>, 64>;

/// A place in a document. All reading functions throw Error ("results/probe.json: field 'best.site' …") if what
/// stands there is missing, of another type or out of range. Refers to the JSON it was made from.
class Field {
 public:
  /// The whole document; `source` is the file's name for messages.
  Field(std::string source, const Json& json) : json_(&json), source_(std::move(source)) {}

  /// The member `name`, which must be there.
  Field operator[](std::string_view name) const;
  /// The member `name`, or nothing if it is absent or null.
  std::optional<Field> find(std::string_view name) const;
  /// The items of an array.
  std::vector<Field> list() const;
  /// The items of the array `name`; none if it is absent or null.
  std::vector<Field> items(std::string_view name) const;

  /// The names of an object's members.
  std::vector<std::string> names() const;

  /// A finite number in [low, high].
  double number(double low = -1e15, double high = 1e15) const;
  int whole(int low, int high) const;
  std::string text() const;
  /// The text `name`; "" if it is absent or null.
  std::string text_of(std::string_view name) const;
  /// 6 or 8.
  BoardSize board() const;
  bool flag() const;
  /// As undefined measures are.
  bool is_null() const { return json_->is_null(); }
  /// {"mean", "low", "high", "n"}
  Estimate estimate(double low = -1e15, double high = 1e15) const;
  /// The member `name`: a mean with its interval, or a bare number (then without one, n = 0); nothing if it is absent
  /// or null.
  std::optional<Estimate> measure(std::string_view name, double low = -1e15, double high = 1e15) const;
  /// A mean of a share: all of it in [0, 1].
  Estimate share() const { return estimate(0, 1); }
  /// Of a result document: whether its games were not trained on, as they are where `data.held_out` is not recorded.
  bool held_out() const;
  /// An array of 64 numbers in [0, 1] or nulls.
  SquareValues squares() const;

  /// Throws Error: this field must be `expected`.
  [[noreturn]] void fail_expected(std::string_view expected) const;

 private:
  Field(const Field& parent, const Json& json, std::string path)
      : json_(&json), source_(parent.source_), path_(std::move(path)) {}
  const Json* member(std::string_view name) const;
  std::string path_of(std::string_view name) const;

  const Json* json_;
  std::string source_;
  std::string path_;
};

}  // namespace othello
