// Flags that several subcommands share, and the two ways in which a result is printed.
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "common/config.h"
#include "engine/board.h"

namespace othello {

/// Help that fits a terminal of 100 columns: "--games N   Number of games [default: 100000]"
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_option_opts(const CLI::Option* option) const override;
  std::string make_option_desc(const CLI::Option* option) const override;
  std::string make_option(const CLI::Option* option, bool is_positional) const override;
  std::string make_subcommand(const CLI::App* command) const override;
};

/// Accepts decimal whole numbers in [low, high] and nothing else.
CLI::Validator whole_number(std::uint64_t low, std::uint64_t high);
/// Accepts numbers in [low, high]; not NaN.
CLI::Validator real_number(double low, double high);
inline constexpr std::uint64_t kLargestSeed = std::numeric_limits<std::int64_t>::max();  // fits any JSON reader

/// A subcommand with its line in the overview and the examples at the end of its help.
CLI::App& add_command(CLI::App& app, const std::string& name, const std::string& summary, const std::string& examples);

/// --json and --quiet, which every command takes.
struct OutputOptions {
  bool json = false;
  bool quiet = false;

  void add_to(CLI::App& command);
  /// Silences log and progress if asked to; call it before any work.
  void apply() const;
  /// The result on stdout: `document` as one JSON document, or else `text`. Throws Error if stdout cannot be written.
  void print(const Json& document, std::string_view text) const;
};

/// --config FILE and --set a.b=value.
struct ConfigOptions {
  std::string file;
  std::vector<std::string> assignments;

  void add_to(CLI::App& command);
  /// The file's object with the assignments on top, {} if there are neither; for `read_config`, after the defaults and
  /// before flags. Throws Error for a file that is missing or no JSON object, UsageError for a malformed assignment.
  Json document() const;
};

/// --board 6|8
void add_board(CLI::App& command, int& side);

/// --seed S
void add_seed(CLI::App& command, std::uint64_t& seed, const std::string& what);

/// --player NAME
void add_player(CLI::App& command, std::string& name, const std::string& what);

/// --games N, at least 1
void add_games(CLI::App& command, std::int64_t& games, const std::string& what);

/// --model RUN|CHECKPOINT|FILE, required
void add_model(CLI::App& command, std::string& model);

/// --workers N, 0 = one per core
void add_workers(CLI::App& command, int& workers);

/// --out DIR, required
void add_out(CLI::App& command, std::string& folder, const std::string& what);

/// "1234567" → "1 234 567", for people.
std::string grouped(std::int64_t number);

/// The text if it fits `columns` (at least 1), else its beginning and "…".
std::string shortened(const std::string& text, std::size_t columns);

}  // namespace othello
