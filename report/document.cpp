#include "report/document.h"

#include <cmath>

namespace othello {

void Field::fail_expected(std::string_view expected) const {
  std::string found = json_text(*json_);
  if (found.size() > 60) found = found.substr(0, 60) + "…";
  if (path_.empty()) fail("{}: {} was expected, not {}", source_, expected, found);
  fail("{}: field '{}' must be {}, not {}", source_, path_, expected, found);
}

std::string Field::path_of(std::string_view name) const {
  return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
}

const Json* Field::member(std::string_view name) const {
  if (!json_->is_object()) fail_expected("an object");
  const auto found = json_->find(name);
  return found == json_->end() ? nullptr : &*found;
}

Field Field::operator[](std::string_view name) const {
  const Json* found = member(name);
  if (found == nullptr) fail("{}: field '{}' is missing", source_, path_of(name));
  return {*this, *found, path_of(name)};
}

std::optional<Field> Field::find(std::string_view name) const {
  const Json* found = member(name);
  if (found == nullptr || found->is_null()) return std::nullopt;
  return Field(*this, *found, path_of(name));
}

std::vector<Field> Field::list() const {
  if (!json_->is_array()) fail_expected("an array");
  std::vector<Field> items;
  for (const auto& item : *json_) items.push_back(Field(*this, item, fmt::format("{}[{}]", path_, items.size())));
  return items;
}

std::vector<Field> Field::items(std::string_view name) const {
  const auto found = find(name);
  return found ? found->list() : std::vector<Field>{};
}

std::vector<std::string> Field::names() const {
  if (!json_->is_object()) fail_expected("an object");
  std::vector<std::string> names;
  for (const auto& member : json_->items()) names.push_back(member.key());
  return names;
}

double Field::number(double low, double high) const {
  if (!json_->is_number()) fail_expected("a number");
  const double value = json_->get<double>();
  if (!std::isfinite(value) || value < low || value > high)
    fail_expected(fmt::format("a number between {:g} and {:g}", low, high));
  return value;
}

int Field::whole(int low, int high) const {
  const double value = number();
  if (value != std::floor(value) || value < low || value > high)
    fail_expected(fmt::format("a whole number between {} and {}", low, high));
  return static_cast<int>(value);
}

std::string Field::text() const {
  if (!json_->is_string()) fail_expected("a string");
  return json_->get<std::string>();
}

std::string Field::text_of(std::string_view name) const {
  const auto found = find(name);
  return found ? found->text() : "";
}

BoardSize Field::board() const {
  const double side = number();
  if (side != 6 && side != 8) fail_expected("6 or 8");
  return board_size(static_cast<int>(side));
}

bool Field::flag() const {
  if (!json_->is_boolean()) fail_expected("true or false");
  return json_->get<bool>();
}

Estimate Field::estimate(double low, double high) const {
  const Field& self = *this;
  return {.mean = self["mean"].number(low, high),
          .low = self["low"].number(low, high),
          .high = self["high"].number(low, high),
          .n = static_cast<std::int64_t>(self["n"].number(0))};
}

std::optional<Estimate> Field::measure(std::string_view name, double low, double high) const {
  const auto found = find(name);
  if (!found) return std::nullopt;
  if (!found->json_->is_number()) return found->estimate(low, high);
  const double value = found->number(low, high);
  return Estimate{.mean = value, .low = value, .high = value, .n = 0};
}

bool Field::held_out() const {
  const auto data = find("data");
  const auto recorded = data ? data->find("held_out") : std::nullopt;
  return !recorded || recorded->flag();
}

SquareValues Field::squares() const {
  const auto items = list();
  SquareValues values;
  if (items.size() != values.size()) fail_expected("an array of 64 numbers or nulls (a1 … h8)");
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!items[i].is_null()) values[i] = items[i].number(0, 1);
  return values;
}

}  // namespace othello
