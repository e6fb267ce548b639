#include "common/run_folder.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <ctime>
#include <fstream>
#include <sstream>

#include "common/threads.h"
#include "common/version.h"

namespace fs = std::filesystem;

namespace othello {
namespace {

std::vector<std::string>& stored_command_line() {
  static std::vector<std::string> words;
  return words;
}

std::string cpu_name() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);)
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  return "unknown";
}

constexpr const char* kTemporary = ".tmp-";  // as in common/files.cpp

bool is_temporary(const fs::path& path) { return path.filename().string().find(kTemporary) != std::string::npos; }

/// Removes what a start leaves that was killed before it wrote config.json, if `path` holds nothing else.
void remove_abandoned_start(const fs::path& path) {
  std::error_code error;
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(path, error)) {
    const auto name = entry.path().filename().string();
    const bool ours = name.rfind(std::string("config.json") + kTemporary, 0) == 0 ||
                      ((name == "checkpoints" || name == "results") && fs::is_empty(entry.path(), error));
    if (!ours) return;
    found.push_back(entry.path());
  }
  for (const auto& leftover : found) fs::remove(leftover, error);
}

}  // namespace

bool RunFolder::is_run(const fs::path& path) {
  std::error_code ignored;
  // A model that ships lies beside the configuration of its training, which does not make a run of it.
  return fs::is_regular_file(path / "config.json", ignored) && !fs::exists(path / "model.safetensors", ignored);
}

RunFolder RunFolder::create(const fs::path& path) {
  if (is_run(path)) fail("{} already holds a run; choose another --out, or go on with 'train --resume'", path.string());
  remove_abandoned_start(path);
  require_new_folder(path);
  make_folder(path);
  RunFolder run(path);
  run.lock();
  make_folder(path / "checkpoints");
  make_folder(path / "results");
  return run;
}

RunFolder RunFolder::open(const fs::path& path) {
  if (!fs::is_directory(path)) fail("{}: no such run folder", path.string());
  if (!is_run(path)) fail("{} is not a run, a folder with config.json and checkpoints", path.string());
  return RunFolder(path);
}

void RunFolder::lock() {
  if (!lock_) lock_ = std::make_shared<FolderLock>(path_);
}

fs::path RunFolder::checkpoint(long step) const { return checkpoints() / fmt::format("step_{:08}", step); }

std::vector<long> RunFolder::checkpoint_steps() const {
  std::vector<long> steps;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(checkpoints(), error)) {
    const auto name = entry.path().filename().string();
    if (!fs::exists(entry.path() / "state.json", error)) continue;  // written last
    long step = 0;
    const auto [end, code] =
        std::from_chars(name.data() + std::min<std::size_t>(5, name.size()), name.data() + name.size(), step);
    if (name.rfind("step_", 0) == 0 && code == std::errc{} && end == name.data() + name.size()) steps.push_back(step);
  }
  std::sort(steps.begin(), steps.end());
  return steps;
}

void RunFolder::remove_checkpoint(long step) const {
  auto doomed = checkpoint(step);
  doomed += kTemporary;
  std::error_code ignored;
  fs::rename(checkpoint(step), doomed, ignored);
  fs::remove_all(doomed, ignored);
}

void RunFolder::remove_leftovers() const {
  std::error_code ignored;
  std::vector<fs::path> found;
  for (const auto& folder : {path_, checkpoints(), path_ / "results"})
    for (const auto& entry : fs::directory_iterator(folder, ignored))
      if (is_temporary(entry.path())) found.push_back(entry.path());
  for (const auto& leftover : found) fs::remove_all(leftover, ignored);
}

void RunFolder::write_config(const Json& config) const { write_file(config_file(), json_text(config, 2) + "\n"); }

Json RunFolder::read_config_file() const { return parse_json(read_file(config_file()), config_file().string()); }

void RunFolder::append_metrics(const Json& line) const { append_line(metrics_file(), json_text(line)); }

std::vector<Json> RunFolder::read_metrics() const {
  std::vector<Json> lines;
  if (!fs::exists(metrics_file())) return lines;
  std::istringstream in(read_file(metrics_file()));
  for (std::string line; std::getline(in, line);) {
    if (in.eof()) break;  // no line break at its end: it was cut off
    const auto source = fmt::format("{} line {}", metrics_file().string(), lines.size() + 1);
    auto parsed = parse_json(line, source);
    if (!parsed.is_object() || !parsed.contains("step") || !parsed["step"].is_number_integer())
      fail("{}: expected an object with a whole number 'step'", source);
    lines.push_back(std::move(parsed));
  }
  return lines;
}

void RunFolder::truncate_metrics(long step) const {
  std::string kept;
  for (const auto& line : read_metrics())
    if (line["step"].get<long>() <= step) kept += json_text(line) + "\n";
  write_file(metrics_file(), kept);
}

void RunFolder::write_result(const std::string& name, const Json& document) const {
  make_folder(path_ / "results");
  write_file(result_file(name), json_text(document, 1) + "\n");
}

Json build_facts() {
  return {{"version", kVersion},
          {"git", kGitRevision},
          {"compiler", kCompiler},
          {"cpu", cpu_name()},
          {"cores", available_cores()}};
}

std::string utc_now() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

Json result_envelope(const std::string& name) {
  return {{"schema", "othello-gpt/" + name + "/1"}, {"command", command_line()}};
}

void set_command_line(int argc, const char* const* argv) { stored_command_line().assign(argv, argv + argc); }
const std::vector<std::string>& command_line() { return stored_command_line(); }

}  // namespace othello
