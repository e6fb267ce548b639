#include "report/html.h"

#include "report/format.h"
#include "report/style.h"

namespace othello {
namespace {

Attributes styled(std::string_view style) {
  return style.empty() ? Attributes{} : Attributes{{"class", std::string(style)}};
}

std::string table_row(const Cells& cells, std::string_view first, std::string_view rest, std::string_view scope) {
  std::string row;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string_view tag = i == 0 ? first : rest;
    const Attributes attributes = tag == "th" ? Attributes{{"scope", std::string(scope)}} : Attributes{};
    row += element(tag, attributes, prose(cells[i]));
  }
  return element("tr", {}, row) + "\n";
}

}  // namespace

std::string prose(std::string_view text) { return escape(keep_units(std::string(text))); }

std::string paragraph(std::string_view text, std::string_view style) {
  return element("p", styled(style), prose(text)) + "\n";
}

std::string figure(std::string_view finding, std::string_view markup, std::string_view how_to_read) {
  const std::string caption = element("strong", {}, "How to read this. ") + prose(how_to_read);
  return element(
             "figure", {},
             "\n" + paragraph(finding, "finding") + std::string(markup) + "\n" + element("figcaption", {}, caption)) +
         "\n";
}

std::string section(std::string_view anchor, std::string_view heading, std::string_view markup) {
  return element("section", {{"id", std::string(anchor)}},
                 "\n" + element("h2", {}, escape(heading)) + "\n" + std::string(markup)) +
         "\n";
}

std::string missing(std::string_view what, std::string_view command) {
  return element("div", {{"class", "missing"}},
                 paragraph(std::string(what) + " This command makes it:") + code_block(command)) +
         "\n";
}

std::string code_block(std::string_view text) { return element("pre", {}, element("code", {}, escape(text))) + "\n"; }

std::string table(const Cells& head, const std::vector<Cells>& rows, std::string_view style) {
  std::string body;
  for (const auto& row : rows) body += table_row(row, "th", "td", "row");
  return element("div", {{"class", "scroll"}},
                 element("table", styled(style),
                         element("thead", {}, table_row(head, "th", "th", "col")) + element("tbody", {}, body))) +
         "\n";
}

std::string folded(std::string_view summary, std::string_view markup) {
  return element("details", {}, element("summary", {}, escape(summary)) + std::string(markup)) + "\n";
}

std::string side_by_side(const std::vector<std::string>& markups, std::string_view style) {
  std::string cells;
  for (const auto& markup : markups) cells += element("div", {}, markup) + "\n";
  return element("div", {{"class", style.empty() ? "row" : "row " + std::string(style)}}, "\n" + cells) + "\n";
}

std::string facts(const std::vector<std::pair<std::string, std::string>>& items) {
  std::string list;
  for (const auto& [name, value] : items)
    list += element("div", {}, element("dt", {}, escape(name)) + element("dd", {}, escape(value))) + "\n";
  return element("dl", {{"class", "facts"}}, "\n" + list) + "\n";
}

std::string page(std::string_view title, std::string_view markup) {
  const std::string head =
      "\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n" +
      element("title", {}, escape(title)) + "\n" + element("style", {}, style_sheet()) + "\n";
  return "<!doctype html>\n" +
         element("html", {{"lang", "en"}},
                 "\n" + element("head", {}, head) + "\n" +
                     element("body", {}, "\n" + element("main", {}, "\n" + std::string(markup)) + "\n") + "\n") +
         "\n";
}

}  // namespace othello
