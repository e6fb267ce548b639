#include "data/import.h"

#include <algorithm>
#include <cctype>
#include <future>
#include <optional>
#include <utility>

#include "common/error.h"
#include "common/files.h"
#include "data/dataset_files.h"
#include "data/formats/format.h"
#include "data/games_table.h"

namespace fs = std::filesystem;

namespace othello {
namespace {

std::string lower_ending(const fs::path& file) {
  std::string ending = file.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return std::tolower(c); });
  return ending;
}

bool is_name_file(const fs::path& file) { return lower_ending(file) == ".jou" || lower_ending(file) == ".trn"; }

/// The only file beside `wtb` with this ending; of several the one that is called WTHOR.
std::optional<fs::path> find_beside(const fs::path& wtb, std::string_view ending) {
  std::vector<fs::path> found;
  std::error_code ignored;
  const fs::path folder = wtb.has_parent_path() ? wtb.parent_path() : fs::path(".");
  for (const auto& entry : fs::directory_iterator(folder, ignored))
    if (entry.is_regular_file(ignored) && lower_ending(entry.path()) == ending) found.push_back(entry.path());
  if (found.size() > 1) std::erase_if(found, [](const fs::path& path) { return path.stem() != "WTHOR"; });
  if (found.size() != 1) return {};
  return found.front();
}

/// The names of .wtb files, read once per file of names.
class NameFiles {
 public:
  explicit NameFiles(const std::vector<fs::path>& files) {
    for (const fs::path& file : files) {
      if (lower_ending(file) == ".jou") given_players_ = file;
      if (lower_ending(file) == ".trn") given_tournaments_ = file;
    }
  }
  const WthorNames& of(const fs::path& wtb) {
    load(given_players_, wtb, ".jou", players_, names_.players, kPlayerWidth);
    load(given_tournaments_, wtb, ".trn", tournaments_, names_.tournaments, kTournamentWidth);
    return names_;
  }

 private:
  static void load(const std::optional<fs::path>& given, const fs::path& wtb, std::string_view ending,
                   std::optional<fs::path>& loaded, std::vector<std::string>& names, std::size_t width) {
    const auto file = given ? given : find_beside(wtb, ending);
    if (file == loaded) return;
    names.clear();
    loaded = file;
    if (!file) return;
    try {
      names = parse_wthor_names(read_file(*file), file->string(), width);
    } catch (const Error&) {
      if (given) throw;  // one that only happens to lie there is no reason to fail
    }
  }

  std::optional<fs::path> given_players_, given_tournaments_, players_, tournaments_;
  WthorNames names_;
};

/// A dataset that grows game by game.
class PartWriter {
 public:
  PartWriter(const fs::path& folder, const Vocabulary& vocabulary) : folder_(folder), vocabulary_(vocabulary) {
    make_folder(folder_);
    table_file_.emplace(folder_ / kGamesTable);
  }

  void add(const KeptGame& kept, std::string_view clean_file) {
    games_.push_back(kept.game);
    plies_ += kept.game.length;
    table_ += clean_file;
    table_ += '\t';
    const fmt::format_int number(kept.number);
    table_.append(number.data(), number.size());
    table_ += '\t';
    table_ += kept.details;
    if (games_.size() == static_cast<std::size_t>(kShardGames)) write_games();
  }

  /// `source` tells what the games were read from.
  void finish(std::int64_t skipped, std::int64_t illegal, std::int64_t duplicates, Json source) {
    write_games();
    await_shard();
    table_file_->finish();
    source[kGamesTable] = table_hash_.hex();
    document_.source = std::move(source);
    document_.header.board = vocabulary_.board().side;
    document_.header.player = "imported";
    document_.header.plies = plies_;
    document_.header.skipped = skipped;
    document_.header.illegal = illegal;
    document_.header.duplicates = duplicates;
    write_dataset_document(folder_, document_);
  }

 private:
  /// A shard and its lines of the table, beside other work: for most of the time it waits for the disk.
  void write_games() {
    await_shard();
    const auto write = [this, games = std::exchange(games_, {}), table = std::exchange(table_, {})] {
      table_file_->append(table);
      table_hash_.add(table);
      return games.empty() ? DatasetShard{}
                           : write_shard(folder_, document_.shards.size(), to_tokens(games, vocabulary_));
    };
    shard_ = std::async(std::launch::async, write);
  }

  void await_shard() {
    if (!shard_.valid()) return;
    DatasetShard shard = shard_.get();
    if (shard.games == 0) return;
    document_.header.games += shard.games;
    document_.shards.push_back(std::move(shard));
  }

  fs::path folder_;
  const Vocabulary& vocabulary_;
  DatasetDocument document_;
  std::vector<Game> games_;               // of the shard that is not full yet
  std::string table_{kGamesTableHeader};  // and their lines
  std::optional<FileWriter> table_file_;
  Sha256 table_hash_;
  std::int64_t plies_ = 0;
  std::future<DatasetShard> shard_;  // the one that is being written; last, so that it ends before what it uses
};

constexpr std::string_view dedup_name(Dedup dedup) {
  return dedup == Dedup::none ? "none" : dedup == Dedup::exact ? "exact" : "symmetric";
}

/// What dataset.json says of where the games of a part come from.
Json source_of(const ImportSummary& summary, const ImportOptions& options, std::string_view part) {
  Json files = Json::array();
  for (const ImportedFile& file : summary.files) {
    files.push_back(
        {{"file", file.file}, {"sha256", file.sha256}, {"format", file.format}, {"records", file.counts.records}});
    if (!file.note.empty()) files.back()["note"] = file.note;
  }
  Json source{{"files", std::move(files)}, {"dedup", dedup_name(options.sieve.dedup)}};
  source["test"] = options.sieve.test;
  source["part"] = part;
  return source;
}

}  // namespace

ImportSummary import_games(const ImportOptions& options, const fs::path& folder,
                           const std::function<void(std::size_t, std::int64_t)>& progress) {
  const Vocabulary vocabulary(options.sieve.board);
  const bool split = options.sieve.test > 0;
  NameFiles name_files(options.files);
  ImportSummary summary;
  write_new_folder(folder, [&](const fs::path& temporary) {
    PartWriter train(split ? temporary / "train" : temporary, vocabulary);
    std::optional<PartWriter> test;
    if (split) test.emplace(temporary / "test", vocabulary);
    std::string clean_file;  // the file's name as it stands in games.tsv
    Sieve sieve(options.sieve, [&](const KeptGame& kept) { (kept.test ? *test : train).add(kept, clean_file); });

    for (std::size_t i = 0; i < options.files.size(); ++i) {
      const fs::path& path = options.files[i];
      if (is_name_file(path)) continue;
      const std::string bytes = read_file(path), name = path.filename().string();
      ImportedFile file;
      append_clean(file.file, name);
      clean_file = file.file;
      file.format = options.format.empty() ? detect_format(path, bytes) : options.format;
      file.sha256 = sha256(bytes);
      sieve.begin(file.file, std::string(place_unit(file.format, bytes)));
      std::int64_t records = 0;
      const auto sink = [&](const Record& record) {
        if (records++ % 65536 == 0) progress(i, summary.counts.records + records);
        sieve.add(record);
      };
      const WthorNames none;
      file.note = parse_records(file.format, bytes, path.string(), vocabulary,
                                file.format == "wthor" ? name_files.of(path) : none, sink);
      if (!file.note.empty()) sieve.note(file.note);
      file.counts = sieve.finish();
      if (file.counts.records == 0) fail("{}: it holds no game ({})", path.string(), file.format);
      summary.counts.add(file.counts);
      summary.files.push_back(std::move(file));
    }
    summary.problems = sieve.problems();

    const SieveCounts& all = summary.counts;
    if (all.games == 0)
      fail("none of the {} records is a game that can be kept{}", all.records,
           summary.problems.empty() ? "" : "; the first: " + summary.problems.front());
    if (split && (all.test_games == 0 || all.test_games == all.games))
      fail("{} games are too few to be split: a share of {} leaves one part empty", all.games, options.sieve.test);
    train.finish(all.skipped, all.illegal, all.duplicates - all.test_duplicates,
                 source_of(summary, options, split ? "train" : "all"));
    if (split) test->finish(0, 0, all.test_duplicates, source_of(summary, options, "test"));
  });
  return summary;
}

}  // namespace othello
