#include "common/log.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

#include "common/error.h"

namespace othello {
namespace {

struct Loggers {
  std::shared_ptr<spdlog::logger> terminal;
  std::shared_ptr<spdlog::logger> file;
};

Loggers& loggers() {
  static Loggers instance = [] {
    Loggers made{std::make_shared<spdlog::logger>("terminal", std::make_shared<spdlog::sinks::stderr_sink_mt>()), {}};
    made.terminal->set_pattern("%v");
    return made;
  }();
  return instance;
}

void log(spdlog::level::level_enum level, std::string_view text) {
  loggers().terminal->log(level, "{}", text);
  if (loggers().file) loggers().file->log(level, "{}", text);
}

}  // namespace

void log_info(std::string_view text) { log(spdlog::level::info, text); }
void log_warning(std::string_view text) { log(spdlog::level::warn, text); }

void set_log_quiet(bool quiet) { loggers().terminal->set_level(quiet ? spdlog::level::warn : spdlog::level::info); }

void log_to_file(const std::filesystem::path& file) {
  try {
    auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file.string());
    loggers().file = std::make_shared<spdlog::logger>("file", std::move(sink));
    loggers().file->set_pattern("%Y-%m-%dT%H:%M:%S %l %v");
    // A log line that cannot be written (a full disk) is not worth a second message: the work itself will fail.
    loggers().file->set_error_handler([](const std::string&) {});
    loggers().file->flush_on(spdlog::level::info);
  } catch (const spdlog::spdlog_ex& error) {
    fail("cannot write {}: {}", file.string(), error.what());
  }
}

}  // namespace othello
