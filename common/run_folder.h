// A run is a folder: configuration, manifest, metrics, log, checkpoints, results and report.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "common/config.h"
#include "common/files.h"

namespace othello {

class RunFolder {
 public:
  /// Makes a new run at `path`, which must not exist or be empty, and locks it. Throws Error if another run is there.
  /// What a start leaves that was killed before it wrote config.json counts as empty.
  static RunFolder create(const std::filesystem::path& path);
  /// Opens an existing run (a folder with config.json). Throws Error if it is none.
  static RunFolder open(const std::filesystem::path& path);
  static bool is_run(const std::filesystem::path& path);

  std::filesystem::path config_file() const { return path_ / "config.json"; }
  std::filesystem::path metrics_file() const { return path_ / "metrics.jsonl"; }
  std::filesystem::path manifest_file() const { return path_ / "manifest.json"; }
  std::filesystem::path log_file() const { return path_ / "run.log"; }
  std::filesystem::path report_file() const { return path_ / "report.html"; }
  std::filesystem::path checkpoints() const { return path_ / "checkpoints"; }
  std::filesystem::path checkpoint(long step) const;
  std::filesystem::path result_file(const std::string& name) const { return path_ / "results" / (name + ".json"); }
  const std::filesystem::path& path() const { return path_; }

  /// Keeps the run for this process until the last copy of this object is gone. Throws Error if another one trains it.
  void lock();

  /// Steps of the complete checkpoints, ascending.
  std::vector<long> checkpoint_steps() const;
  /// Removes a checkpoint so that a part of it is never taken for the whole; one that cannot be removed stays.
  void remove_checkpoint(long step) const;
  /// Removes the temporary files and folders of processes that were killed; the run must be locked.
  void remove_leftovers() const;

  void write_config(const Json& config) const;
  Json read_config_file() const;

  /// One line of metrics.jsonl.
  void append_metrics(const Json& line) const;
  /// All lines of metrics.jsonl, [] if there is none. A torn last line is left out.
  std::vector<Json> read_metrics() const;
  /// Drops lines beyond `step`, which a resumed run will write anew.
  void truncate_metrics(long step) const;

  /// results/NAME.json
  void write_result(const std::string& name, const Json& document) const;

 private:
  explicit RunFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
  std::shared_ptr<FolderLock> lock_;
};

/// Facts about this build and machine: version, git revision, CPU, cores. Rooms above add theirs.
Json build_facts();

/// ISO 8601 in UTC.
std::string utc_now();

/// The envelope of a result document: {"schema": "othello-gpt/NAME/1", "command": […]}.
Json result_envelope(const std::string& name);

/// What result envelopes and manifests call the command; `main` sets it once.
void set_command_line(int argc, const char* const* argv);
const std::vector<std::string>& command_line();

}  // namespace othello
