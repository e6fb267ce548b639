// Games that people played, from files of many formats, as a dataset folder.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "data/sieve.h"

namespace othello {

struct ImportOptions {
  std::vector<std::filesystem::path> files;  // .JOU and .TRN among them name the players of .wtb files
  std::string format;                        // of all files; "" = by ending and content
  SieveOptions sieve;
};

struct ImportedFile {
  std::string file;  // without its folder
  std::string format;
  std::string sha256;
  std::string note;  // what is wrong with the file as a whole; else ""
  SieveCounts counts;
};

struct ImportSummary {
  SieveCounts counts;
  std::vector<ImportedFile> files;
  std::vector<std::string> problems;  // the first few
};

/// Writes the games of all files, in their order, to `folder`, which must not exist or be empty: a dataset with
/// games.tsv beside its shards, or two of them, `folder`/train and `folder`/test, if there is a share for the test. The
/// folder appears only when it is whole. `progress(file, records)` is called now and then and may throw to stop. Throws
/// Error for a file that cannot be read, is of no known format or holds no record; if no game is left or a part is
/// empty; and for the first fault if strict.
ImportSummary import_games(const ImportOptions& options, const std::filesystem::path& folder,
                           const std::function<void(std::size_t file, std::int64_t records)>& progress);

}  // namespace othello
