#include "report/markup.h"

namespace othello {
namespace {

std::string start(std::string_view name, const Attributes& attributes) {
  std::string text = "<" + std::string(name);
  for (const auto& [key, value] : attributes) text += " " + std::string(key) + "=\"" + escape(value) + "\"";
  return text;
}

}  // namespace

std::string escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') out += c;
    }
  }
  return out;
}

std::string open_tag(std::string_view name, const Attributes& attributes) { return start(name, attributes) + ">"; }

std::string element(std::string_view name, const Attributes& attributes, std::string_view markup) {
  return open_tag(name, attributes) + std::string(markup) + "</" + std::string(name) + ">";
}

std::string empty_element(std::string_view name, const Attributes& attributes) {
  return start(name, attributes) + "/>";
}

}  // namespace othello
