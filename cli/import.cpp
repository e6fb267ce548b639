#include "data/import.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/weights.h"
#include "common/interrupt.h"
#include "common/log.h"
#include "common/progress.h"
#include "common/run_folder.h"
#include "data/formats/format.h"

namespace othello {
namespace {

struct ImportCommand {
  std::vector<std::string> files;
  std::string out;
  std::string format;
  std::string dedup = "exact";
  double test = 0;
  bool strict = false;
  int board = 8;
  std::string weights;
  int heads = 0;
  OutputOptions output;
};

constexpr std::size_t kRows = 20;  // files in the table; --json has all

/// Why a text is no share of games for the test; "" if it is one.
std::string share_problem(const std::string& text) {
  const auto open = real_number(std::numeric_limits<double>::min(), std::nextafter(1.0, 0.0));
  return open(text).empty() ? "" : fmt::format("'{}' is not a number above 0 and below 1", text);
}

Json faults_as_json(const SieveCounts& counts) {
  Json out = Json::object();
  for (std::size_t i = 1; i < kFaults; ++i)
    if (counts.faults[i] > 0) out[std::string(fault_name(static_cast<Fault>(i)))] = counts.faults[i];
  return out;
}

Json counts_as_json(const SieveCounts& counts) {
  return {{"records", counts.records},       {"games", counts.games},           {"skipped", counts.skipped},
          {"duplicates", counts.duplicates}, {"illegal", counts.illegal},       {"unfinished", counts.unfinished},
          {"plies", counts.plies},           {"faults", faults_as_json(counts)}};
}

Json as_json(const ImportCommand& options, const ImportSummary& summary, double seconds) {
  Json result = result_envelope("import");
  result["out"] = options.out;
  result["board"] = options.board;
  result["dedup"] = options.dedup;
  result.update(counts_as_json(summary.counts));
  if (options.test > 0)
    result["parts"] = {{"train", summary.counts.games - summary.counts.test_games},
                       {"test", summary.counts.test_games}};
  result["seconds"] = seconds;
  result["games_per_second"] = static_cast<double>(summary.counts.games) / seconds;
  result["files"] = Json::array();
  for (const ImportedFile& file : summary.files) {
    Json row{{"file", file.file}, {"format", file.format}, {"sha256", file.sha256}};
    row.update(counts_as_json(file.counts));
    if (!file.note.empty()) row["note"] = file.note;
    result["files"].push_back(std::move(row));
  }
  result["problems"] = summary.problems;
  return result;
}

using Cells = std::array<std::string, 5>;

const Cells& headings() {
  static const Cells kHeadings{"records", "games", "skipped", "duplicates", "unfinished"};
  return kHeadings;
}

Cells cells_of(const SieveCounts& c) {
  return {grouped(c.records), grouped(c.games), grouped(c.skipped), grouped(c.duplicates), grouped(c.unfinished)};
}

/// A line of 100 columns whose numbers are as wide as the sums; what they leave is for the name.
std::string table_row(const std::string& file, const std::string& format, const Cells& cells, const Cells& sums) {
  std::string numbers;
  for (std::size_t i = 0; i < cells.size(); ++i)
    numbers += fmt::format(" {:>{}}", cells[i], std::max(sums[i].size(), headings()[i].size()));
  const std::size_t width = 82 - std::min<std::size_t>(numbers.size(), 62);
  return fmt::format("{:<{}} {:<17}{}\n", shortened(file, width), width, format, numbers);
}

/// The files that lost records first, as many as the table shows, and the sums.
std::string files_table(const ImportSummary& summary) {
  const Cells sums = cells_of(summary.counts);
  std::vector<const ImportedFile*> files;
  for (const ImportedFile& file : summary.files) files.push_back(&file);
  std::stable_partition(files.begin(), files.end(), [](const ImportedFile* file) {
    return file->counts.skipped > 0 || file->counts.duplicates > 0;
  });
  std::string text = table_row("file", "format", headings(), sums);
  for (std::size_t i = 0; i < std::min(kRows, files.size()); ++i)
    text += table_row(files[i]->file, files[i]->format, cells_of(files[i]->counts), sums);
  if (files.size() > kRows) text += fmt::format("… and {} more (--json lists all)\n", files.size() - kRows);
  if (files.size() > 1) text += table_row("all", "", sums, sums);
  return text;
}

std::string as_text(const ImportCommand& options, const ImportSummary& summary, double seconds) {
  const SieveCounts& all = summary.counts;
  std::string text = files_table(summary);
  for (std::size_t i = 1; i < kFaults; ++i)
    if (all.faults[i] > 0)
      text += fmt::format("skipped: {} with {}\n", grouped(all.faults[i]), fault_name(static_cast<Fault>(i)));
  if (options.test > 0)
    text += fmt::format("train {} games, test {}\n", grouped(all.games - all.test_games), grouped(all.test_games));
  return text + fmt::format("{} games ({} plies) in {:.2f} s: {}", grouped(all.games), grouped(all.plies), seconds,
                            options.out);
}

/// What a reader of the table should know.
void warn(const ImportCommand& command, const ImportSummary& summary) {
  const SieveCounts& all = summary.counts;
  for (const std::string& problem : summary.problems) log_warning(problem);
  if (static_cast<std::int64_t>(summary.problems.size()) < all.skipped)
    log_warning(fmt::format("… {} records were skipped in all", grouped(all.skipped)));
  if (all.illegal * 10 > all.records)
    log_warning(fmt::format("{} of {} records are illegal games: is it another --format, or another --board than {}?",
                            grouped(all.illegal), grouped(all.records), command.board));
  if (command.format.empty() && std::any_of(summary.files.begin(), summary.files.end(),
                                            [](const ImportedFile& file) { return file.format == "tokens"; }))
    log_warning(
        ".npy files were taken for this program's tokens; published integers, whose games are legal there too but "
        "transposed, need --format published-squares or published-tokens");
}

void run(const ImportCommand& command) {
  command.output.apply();
  watch_for_interrupt();
  ImportOptions options;
  options.files.assign(command.files.begin(), command.files.end());
  options.format = command.format;
  options.sieve.board = board_size(command.board);
  options.sieve.dedup = command.dedup == "none"    ? Dedup::none
                        : command.dedup == "exact" ? Dedup::exact
                                                   : Dedup::symmetric;
  options.sieve.test = command.test;
  options.sieve.strict = command.strict;

  const Stopwatch clock;
  Progress progress("import");
  const ImportSummary summary = import_games(options, command.out, [&](std::size_t file, std::int64_t records) {
    if (interrupted()) throw Interrupted{};
    progress.update(static_cast<double>(file) / static_cast<double>(options.files.size()),
                    fmt::format("file {} of {}, {} records", file + 1, options.files.size(), grouped(records)));
  });
  progress.finish();
  warn(command, summary);
  const double seconds = clock.seconds();
  command.output.print(as_json(command, summary, seconds), as_text(command, summary, seconds));
}

}  // namespace

void add_import(CLI::App& app) {
  auto options = std::make_shared<ImportCommand>();
  CLI::App& command = add_command(
      app, "import", "Read games that people played into a dataset folder, or others' weights into a model",
      "Formats (told by ending or content where that is certain, else --format):\n"
      "  wthor              .wtb, with names from the .JOU and .TRN beside it or among FILES\n"
      "  pgn                numbers before moves may count plies or lines\n"
      "  ggf                (;GM[Othello]…;), standard start only\n"
      "  transcript         one game a line: f5d6c3…, a score may follow; lines with # are comments\n"
      "  tokens             .npy or lines of integers, 1..60 and padding 0 (what an .npy is taken for)\n"
      "  published-squares  the same with the published 0..63, letter · 8 + digit − 1, padding −100\n"
      "  published-tokens   the same with the published 1..60, padding 0\n"
      "Every game is replayed. One that is illegal or cannot be read is left out and counted, with --strict it is an\n"
      "error; unfinished games are kept. Beside the shards, games.tsv says who played. The table counts:\n"
      "  records     what the files hold: games + skipped + duplicates\n"
      "  games       those that are now in the dataset\n"
      "  skipped     records left out, for they are illegal or cannot be read\n"
      "  duplicates  records left out, for they are the same game as an earlier one (see --dedup)\n"
      "  unfinished  games in the dataset that stop while a move is possible\n"
      "--dedup symmetric also takes the mirror images of a game for the same game. Whether a game goes to the test "
      "part\n"
      "depends on nothing but its moves, and is the same for its mirror images.\n"
      "Example: othello-gpt import WTH_*.wtb --out wthor\n"
      "         othello-gpt import *.pgn club.txt --test 0.1 --dedup symmetric --out games\n"
      "         othello-gpt import board_seqs_int_small.npy --format published-tokens --out theirs\n"
      "--weights reads a .safetensors file with the names of the original Othello-GPT (minGPT's) or TransformerLens'\n"
      "(scripts/convert_weights makes one of a .pth or .ckpt) and writes a model that --model takes everywhere. Sizes\n"
      "follow from the shapes. Published tokens, whose squares have the letter as the row, become those of this\n"
      "program; exact GELU is assumed, as both use it; folded layer norms (LNPre) are understood.\n"
      "Example: othello-gpt import --weights gpt_synthetic.safetensors --out theirs\n"
      "         othello-gpt evaluate --model theirs");
  auto* files = command.add_option("FILES", options->files, "Files with games");
  auto* weights = command.add_option("--weights", options->weights, "Weights to read instead of games")
                      ->type_name("FILE")
                      ->excludes(files);
  command.add_option("--heads", options->heads, "Attention heads, which minGPT's weights do not tell (default: 8)")
      ->type_name("N")
      ->check(whole_number(1, 128))
      ->needs(weights);
  add_out(command, options->out, "Folder to make; it must not exist or be empty (--weights: or a .safetensors file)");
  command.add_option("--format", options->format, "Format of all files, see below")
      ->type_name("NAME")
      ->check(CLI::IsMember(format_names()).description(""));
  command
      .add_option("--dedup", options->dedup, "Which games are the same game: none, exact moves, or mirror images too")
      ->type_name("none|exact|symmetric")
      ->check(CLI::IsMember({"none", "exact", "symmetric"}).description(""))
      ->capture_default_str();
  command.add_option("--test", options->test, "Share of games for DIR/test; the others go to DIR/train")
      ->type_name("F")
      ->check(CLI::Validator(share_problem, ""));
  command.add_flag("--strict", options->strict, "Fail on the first problem instead of leaving games out");
  add_board(command, options->board);
  options->output.add_to(command);
  for (const char* flag : {"--format", "--dedup", "--test", "--strict", "--board"})
    weights->excludes(command.get_option(flag));
  command.callback([options, files, weights] {
    if (weights->count() > 0)
      return import_weights_command(options->weights, options->out, options->heads, options->output);
    if (files->count() == 0) throw UsageError("what shall it import? FILES with games, or --weights FILE");
    run(*options);
  });
}

}  // namespace othello
