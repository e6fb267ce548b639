#include "cli/options.h"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <sstream>

#include "common/files.h"
#include "common/log.h"
#include "common/progress.h"

namespace othello {

std::string HelpFormatter::make_option_opts(const CLI::Option* option) const {
  std::string text = option->get_type_size() == 0 ? "" : " " + option->get_type_name();
  if (option->get_expected_max() > 1 && option->get_positional()) text += " ...";
  return option->get_required() ? text + " (required)" : text;
}

std::string HelpFormatter::make_option_desc(const CLI::Option* option) const {
  const std::string standard = option->get_default_str();
  return option->get_description() + (standard.empty() ? "" : " [default: " + standard + "]");
}

namespace {

constexpr std::size_t kHelpColumns = 100, kHelpIndent = 30;

/// Words of `text` in lines of at most `columns`, further lines behind `indent` blanks. Line breaks are kept.
std::string wrapped(const std::string& text, std::size_t columns, std::size_t indent) {
  std::string out, word;
  std::size_t column = indent;
  const auto flush = [&] {
    if (column > indent && column + 1 + word.size() > columns) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column > indent && !word.empty()) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
    word.clear();
  };
  for (const char c : text) {
    if (c != ' ') word += c;
    else flush();
  }
  flush();
  return out;
}

std::string two_columns(const std::string& left, const std::string& right) {
  const std::string gap = left.size() + 2 > kHelpIndent ? "\n" + std::string(kHelpIndent, ' ')
                                                        : std::string(kHelpIndent - left.size(), ' ');
  return left + gap + wrapped(right, kHelpColumns, kHelpIndent) + "\n";
}

}  // namespace

std::string HelpFormatter::make_option(const CLI::Option* option, bool is_positional) const {
  return two_columns("  " + make_option_name(option, is_positional) + make_option_opts(option),
                     make_option_desc(option));
}

std::string HelpFormatter::make_subcommand(const CLI::App* command) const {
  return two_columns("  " + command->get_name(), command->get_description());
}

CLI::Validator whole_number(std::uint64_t low, std::uint64_t high) {
  // CLI11 itself would take -1 for the largest number and 010 for 8.
  const auto problem = [low, high](const std::string& text) -> std::string {
    std::uint64_t value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = code == std::errc{} && end == text.data() + text.size() && (text.size() == 1 || text[0] != '0');
    if (whole && value >= low && value <= high) return {};
    return fmt::format("'{}' is not a whole number from {} to {}", text, low, high);
  };
  return CLI::Validator(problem, "");
}

CLI::Validator real_number(double low, double high) {
  const auto problem = [low, high](const std::string& text) -> std::string {
    double value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code == std::errc{} && end == text.data() + text.size() && value >= low && value <= high) return {};
    return fmt::format("'{}' is not a number from {:g} to {:g}", text, low, high);
  };
  return CLI::Validator(problem, "");
}

CLI::App& add_command(CLI::App& app, const std::string& name, const std::string& summary, const std::string& examples) {
  CLI::App& command = *app.add_subcommand(name, summary);
  std::string footer, paragraph;  // prose is wrapped anew; examples and tables (indented) stay as they are
  const auto flush = [&] {
    if (!paragraph.empty()) footer += wrapped(paragraph, kHelpColumns, 0) + "\n";
    paragraph.clear();
  };
  std::istringstream lines(examples);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("Example", 0) == 0 || line.rfind("  ", 0) == 0) {
      flush();
      footer += line + "\n";
    } else {
      paragraph += (paragraph.empty() ? "" : " ") + line;
    }
  }
  flush();
  command.footer(footer);
  return command;
}

void OutputOptions::add_to(CLI::App& command) {
  command.add_flag("--json", json, "Print the result as one JSON document instead of text");
  command.add_flag("--quiet", quiet, "No log lines and no progress on stderr, only warnings and errors");
}

void OutputOptions::apply() const {
  set_log_quiet(quiet);
  set_progress_quiet(quiet);
}

void OutputOptions::print(const Json& document, std::string_view text) const {
  std::string out = json ? json_text(document, 1) : std::string(text);
  if (out.empty() || out.back() != '\n') out += '\n';
  if (std::fwrite(out.data(), 1, out.size(), stdout) != out.size() || std::fflush(stdout) != 0)
    fail("cannot write the result to standard output: {}", std::strerror(errno));
}

void ConfigOptions::add_to(CLI::App& command) {
  command
      .add_option("--config", file,
                  "JSON file with configuration keys that differ from the defaults; it may have // comments")
      ->type_name("FILE");
  command.add_option("--set", assignments, "One configuration key, as in train.batch_games=256; may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
}

Json ConfigOptions::document() const {
  Json merged = file.empty() ? Json::object() : parse_json(read_file(file), file, true);
  if (!merged.is_object()) fail("{}: expected a JSON object with configuration keys", file);
  for (const auto& assignment : assignments) set_by_path(merged, assignment);
  return merged;
}

void add_board(CLI::App& command, int& side) {
  command.add_option("--board", side, "Squares along an edge: 8 is Othello, 6 is mini Othello (b2 to g7)")
      ->type_name("6|8")
      ->check(CLI::IsMember({6, 8}).description(""))
      ->capture_default_str();
}

void add_seed(CLI::App& command, std::uint64_t& seed, const std::string& what) {
  command.add_option("--seed", seed, what)->type_name("S")->check(whole_number(0, kLargestSeed))->capture_default_str();
}

void add_player(CLI::App& command, std::string& name, const std::string& what) {
  command
      .add_option("--player", name,
                  what + ": uniform, greedy:T, restricted:FILE, expert-replay:DATASET or dataset:DATASET")
      ->type_name("PLAYER")
      ->capture_default_str();
}

void add_games(CLI::App& command, std::int64_t& games, const std::string& what) {
  command.add_option("--games", games, what)
      ->type_name("N")
      ->check(whole_number(1, 1'000'000'000))
      ->capture_default_str();
}

void add_model(CLI::App& command, std::string& model) {
  command
      .add_option("--model", model,
                  "A run folder (its last checkpoint), a checkpoint folder, a .safetensors file or a model that ships "
                  "with the repository: pretrained/NAME (pretrained = pretrained/small)")
      ->type_name("MODEL")
      ->required();
}

void add_workers(CLI::App& command, int& workers) {
  command.add_option("--workers", workers, "Threads, 0 = one per core; changes the speed, never the result")
      ->type_name("N")
      ->check(whole_number(0, 4096))
      ->capture_default_str();
}

void add_out(CLI::App& command, std::string& folder, const std::string& what) {
  command.add_option("--out", folder, what)->type_name("DIR")->required();
}

std::string grouped(std::int64_t number) {
  const std::string digits = std::to_string(number);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0 && digits[i - 1] != '-') text += ' ';
    text += digits[i];
  }
  return text;
}

std::string shortened(const std::string& text, std::size_t columns) {
  // fmt counts characters and not the bytes of UTF-8.
  if (fmt::format("{:.{}}", text, columns) == text) return text;
  return fmt::format("{:.{}}…", text, columns - 1);
}

}  // namespace othello
