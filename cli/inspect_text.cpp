#include "cli/inspect_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "cli/options.h"

namespace othello {
namespace {

constexpr std::size_t kColumns = 100;

std::string scalar_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return fmt::format("{:.6g}", value.get<double>());
  return json_text(value);
}

bool is_nested(const Json& value) {
  const auto is_object = [](const Json& item) { return item.is_object(); };
  return value.is_object() ||
         (value.is_array() && !value.empty() && std::all_of(value.begin(), value.end(), is_object));
}

/// The parts between blanks.
std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    if (c == ' ') words.emplace_back();
    else words.back() += c;
  }
  return words;
}

/// Words after one another, `between` and a blank between them, in as many indented lines as they need.
std::string wrapped(const std::vector<std::string>& words, std::size_t indent, const std::string& between) {
  std::string text;
  std::size_t column = indent;
  for (const std::string& word : words) {
    const bool first = text.empty();
    if (!first && column + between.size() + 1 + word.size() > kColumns) {
      text += between + "\n" + std::string(indent, ' ');
      column = indent;
    } else if (!first) {
      text += between + " ";
      column += between.size() + 1;
    }
    text += word;
    column += word.size();
  }
  return text;
}

/// A cell of a table: of a checksum as many digits as tell files apart.
std::string cell_text(const Json& object, const std::string& key) {
  if (!object.contains(key)) return {};
  const auto text = scalar_text(object[key]);
  return key == "sha256" ? text.substr(0, 12) : shortened(text, 40);
}

/// A line without the blanks at its end.
std::string line_of(const std::string& text) { return text.substr(0, text.find_last_not_of(' ') + 1) + "\n"; }

/// Objects of the same kind (checkpoints, files): what all share in lines, what differs as a table.
std::string table_text(const Json& objects, int indent) {
  Json shared = objects.front();
  if (shared.contains("step")) shared.erase("path");  // of a checkpoint: its step tells
  const Json all = shared;
  for (const Json& object : objects)
    for (const auto& [key, value] : all.items())
      if (object.value(key, Json()) != value) shared.erase(key);
  std::string text = facts_text(shared, indent);
  std::vector<std::string> lines(objects.size() + 1, std::string(static_cast<std::size_t>(indent), ' '));
  for (const auto& [key, value] : all.items()) {
    if (shared.contains(key) || value.is_structured()) continue;
    std::size_t width = key.size();
    for (const Json& object : objects) width = std::max(width, cell_text(object, key).size());
    lines[0] += fmt::format("{:>{}}  ", key, width);
    for (std::size_t i = 0; i < objects.size(); ++i)
      lines[i + 1] += fmt::format("{:>{}}  ", cell_text(objects[i], key), width);
  }
  if (shared.size() == all.size()) return text;
  for (const std::string& line : lines) text += line_of(line);
  return text;
}

std::string percent(const Json& value) { return fmt::format("{:.4f} %", 100 * value.get<double>()); }
std::string decimal(const Json& value) { return fmt::format("{:.4f}", value.get<double>()); }

/// The columns of figures: value, standard error and, where any of them has one, the uniform player's and z.
class FigureColumns {
 public:
  explicit FigureColumns(const std::vector<Json>& figures) {
    for (const Json& figure : figures) {
      uniform_ |= figure.contains("reference");
      z_ |= figure.contains("z");
    }
  }

  std::string heading(const char* value) const { return row(value, "± se", "uniform", "z"); }

  template <class Format>
  std::string cells(const Json& figure, const Format& format) const {
    const std::string known =
        figure.contains("reference") ? format(figure["reference"]) + (figure["exact"].get<bool>() ? "*" : " ") : "-";
    const std::string z = figure.contains("z") ? fmt::format("{:+.2f}", figure["z"].get<double>()) : "";
    return row(format(figure["value"]), format(figure["se"]), known, z);
  }

 private:
  std::string row(const std::string& value, const std::string& se, const std::string& known,
                  const std::string& z) const {
    return fmt::format("{:>11}{:>11}", value, se) + (uniform_ ? fmt::format("{:>12}", known) : "") +
           (z_ ? fmt::format("{:>7}", z) : "");
  }

  bool uniform_ = false, z_ = false;
};

/// "length 9", "disc difference", "legal before disc 5"
std::string label_of(const Json& figure) {
  auto label = figure["figure"].get<std::string>();
  if (label == "legal_moves" || label == "pass")
    return fmt::format("{} before disc {}", label == "pass" ? label : "legal", figure["at"].get<int>());
  std::replace(label.begin(), label.end(), '_', ' ');
  return figure.contains("at") ? fmt::format("{} {}", label, figure["at"].get<int>()) : label;
}

std::string summary_table(const Json& figures) {
  std::vector<Json> shown;
  bool left_out = false;
  for (const Json& figure : figures) {
    const auto name = figure["figure"].get<std::string>();
    if (name == "legal_moves" || name == "pass") continue;
    if (name == "length" && figure["value"] < 1e-5) left_out = true;
    else shown.push_back(figure);
  }
  const FigureColumns columns(shown);
  std::string text = fmt::format("\n{:<27}{:>11}{}\n", "figure", "games", columns.heading("value"));
  for (const Json& figure : shown) {
    const bool mean = figure["figure"] == "passes_per_game" || figure["figure"] == "disc_difference";
    text += line_of(fmt::format("{:<27}{:>11}{}", label_of(figure), figure["n"].get<std::int64_t>(),
                                mean ? columns.cells(figure, decimal) : columns.cells(figure, percent)));
  }
  if (left_out) text += "lengths of less than 0.001 % of the games: see --json\n";
  return text;
}

std::string decisions_table(const Json& figures) {
  std::vector<Json> legal, pass;  // of the same discs
  for (const Json& figure : figures) {
    if (figure["figure"] == "legal_moves") legal.push_back(figure);
    else if (figure["figure"] == "pass") pass.push_back(figure);
  }
  const FigureColumns left(legal), right(pass);
  std::string text = fmt::format("\n{:>4}{:>11}{}{}\n", "disc", "games", left.heading("legal"), right.heading("pass"));
  for (std::size_t i = 0; i < legal.size(); ++i)
    text += line_of(fmt::format("{:>4}{:>11}{}{}", legal[i]["at"].get<int>(), legal[i]["n"].get<std::int64_t>(),
                                left.cells(legal[i], decimal), right.cells(pass[i], percent)));
  return text;
}

std::string openings_text(const Json& facts) {
  constexpr std::size_t shown = 8;
  const Json &exact = facts["openings"], &turned = facts["openings_up_to_symmetry"];
  const auto heading = [](const Json& openings, const char* what) {
    return fmt::format("{} {}", openings["distinct"].get<std::int64_t>(), what);
  };
  const auto cell = [](const Json& top, std::size_t i) {
    if (i >= top.size()) return std::string();
    const Json& one = top[i];
    return fmt::format("{:<10}{:>11}{:>11}{:>12}", one["moves"].get<std::string>(), one["games"].get<std::int64_t>(),
                       percent(one["share"]), percent(one["uniform"]) + "*");
  };
  if (exact["top"].empty()) return {};
  const auto columns = fmt::format("{:<10}{:>11}{:>11}{:>12}", "", "games", "share", "uniform");
  std::string text = fmt::format("\n{:<50}{}\n{:<50}{}\n", heading(exact, "openings of 4 moves; the most common:"),
                                 heading(turned, "up to symmetry, turned to f5:"), columns, columns);
  for (std::size_t i = 0; i < std::min(shown, exact["top"].size()); ++i)
    text += fmt::format("{:<50}{}\n", cell(exact["top"], i), cell(turned["top"], i));
  return text;
}

}  // namespace

std::string facts_text(const Json& facts, int indent) {
  std::string text;
  std::size_t width = 12;
  for (const auto& item : facts.items())
    if (!is_nested(item.value())) width = std::max(width, item.key().size());
  for (const auto& [key, value] : facts.items()) {
    if (is_nested(value)) {
      text += fmt::format("{:{}}{}\n{}", "", indent, key,
                          value.is_object() ? facts_text(value, indent + 2) : table_text(value, indent + 2));
      continue;
    }
    const auto name = fmt::format("{:{}}{:<{}} ", "", indent, key, width);
    std::vector<std::string> words;
    if (value.is_array())
      for (const Json& item : value) words.push_back(scalar_text(item));
    else words = split(scalar_text(value));
    text += name + wrapped(words, name.size(), value.is_array() ? "," : "") + "\n";
  }
  return text;
}

std::string dataset_text(const Json& facts) {
  Json counts = facts;
  for (const char* key :
       {"lengths", "results", "openings", "openings_up_to_symmetry", "reference", "figures", "largest_z", "source"})
    counts.erase(key);
  if (facts["player"] == "imported") counts.erase("seed");  // played no part
  std::string text = facts_text(counts);
  if (facts.contains("largest_z")) {
    const Json& worst = facts["largest_z"];
    text += fmt::format("the largest of {} |z| is {:.2f} ({}); beyond 4 is suspicious\n", worst["of"].get<int>(),
                        std::abs(worst["z"].get<double>()), label_of(worst));
  }
  if (facts.contains("source")) text += facts_text({{"source", facts["source"]}});
  text += openings_text(facts);
  text += summary_table(facts["figures"]);
  text += decisions_table(facts["figures"]);
  text += fmt::format("\nuniform: the player whose legal moves are equally likely; * exact, else of {} games of 8×8\n",
                      grouped(facts["reference"]["games"].get<std::int64_t>()));
  if (facts.contains("largest_z"))
    return text + "z: standard errors between the two; blank: too few games for a normal approximation\n";
  return text + fmt::format("z is left out, for these games {}\n", facts["player"] == "uniform"
                                                                       ? "are too few for a normal approximation"
                                                                       : "were not played by the uniform player");
}

}  // namespace othello
