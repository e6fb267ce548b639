// If these fail, docs/RESULTS.md says numbers that no measurement gave. Nothing here is shared with scripts/reproduce,
// which writes the page: the page is read as people read it.
#include <cmath>
#include <map>
#include <regex>
#include <sstream>

#include "common/config.h"
#include "common/files.h"
#include "tests/support/test.h"

namespace othello::test {
namespace {

const std::filesystem::path kDocs = std::filesystem::path(OTHELLO_SOURCE) / "docs";

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::stringstream stream(line.substr(2, line.size() - 4));  // "| a | b |"
  for (std::string cell; std::getline(stream, cell, '|');)
    cells.push_back(std::regex_replace(cell, std::regex("^ +| +$"), ""));
  return cells;
}

/// Tables of the page by section and caption: row label → column → text.
using PageTable = std::map<std::string, std::map<std::string, std::string>>;
std::map<std::pair<std::string, std::string>, PageTable> tables_of(const std::string& page) {
  std::map<std::pair<std::string, std::string>, PageTable> tables;
  std::string section, caption;
  std::vector<std::string> headings;
  std::stringstream stream(page);
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with("## ")) section = line.substr(3), caption.clear();
    if (line.starts_with("**") && line.ends_with("**")) caption = line.substr(2, line.size() - 4), headings.clear();
    if (line.starts_with("<details>")) caption.clear();
    if (caption.empty() || !line.starts_with("| ") || line.starts_with("|---")) continue;
    const auto cells = cells_of(line);
    if (headings.empty()) {
      headings = cells;
      continue;
    }
    for (std::size_t i = 1; i < cells.size(); ++i) tables[{section, caption}][cells[0]][headings[i]] = cells[i];
  }
  return tables;
}

/// The numbers of a cell, "1 234.5 [6.7, 8.9]", and how far rounding may have moved each.
std::vector<std::pair<double, double>> numbers_of(std::string cell) {
  cell = std::regex_replace(cell, std::regex("(\\d) (?=\\d{3})"), "$1");
  std::vector<std::pair<double, double>> numbers;
  const std::regex number("-?\\d+(?:\\.(\\d+))?");
  for (std::sregex_iterator match(cell.begin(), cell.end(), number), end; match != end; ++match)
    numbers.emplace_back(std::stod(match->str()),
                         0.5000001 * std::pow(10., -static_cast<double>((*match)[1].length())));
  return numbers;
}

}  // namespace

TEST_CASE("every number of docs/RESULTS.md is that of its result file, and none of the files' is missing") {
  const auto tables = tables_of(read_file(kDocs / "RESULTS.md"));
  std::size_t cells = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kDocs / "results")) {
    const Json claim = Json::parse(read_file(entry.path()));
    for (const Json& table : claim["tables"]) {
      if (table["cells"].empty()) continue;
      const std::string caption = table["caption"];
      const auto found = tables.find({claim["title"], caption});
      INFO(entry.path().string() << ": " << caption);
      REQUIRE(found != tables.end());
      for (const Json& cell : table["cells"]) {
        const std::string row = cell["row"], column = cell["column"], unit = cell["unit"];
        auto line = found->second.find(row);
        if (line == found->second.end()) line = found->second.find(row + ", " + unit);
        INFO(row << " | " << column);
        REQUIRE(line != found->second.end());
        auto text = line->second.find(column);
        if (text == line->second.end()) text = line->second.find(column + ", " + unit);
        REQUIRE(text != line->second.end());
        const auto numbers = numbers_of(text->second);
        const double factor = unit == "%" ? 100 : 1;
        const Json& value = cell["value"];
        REQUIRE(numbers.size() == (value["low"].is_null() ? 1 : 3));
        const char* names[] = {"mean", "low", "high"};
        for (std::size_t i = 0; i < numbers.size(); ++i)
          CHECK(std::abs(numbers[i].first - factor * value[names[i]].get<double>()) <= numbers[i].second);
        ++cells;
      }
    }
  }
  std::size_t written = 0;
  for (const auto& [name, table] : tables)
    for (const auto& [row, columns] : table)
      for (const auto& [column, text] : columns) written += column != "published" && !numbers_of(text).empty();
  CHECK(written == cells);
}

}  // namespace othello::test
