// Logs go to stderr (and to a run's run.log); results go to stdout and never through here.
#pragma once

#include <filesystem>
#include <string_view>

namespace othello {

/// Information for the person who watches.
void log_info(std::string_view text);
/// Something that deserves attention but does not stop the work.
void log_warning(std::string_view text);
/// With `quiet` only warnings reach stderr; run.log always gets everything.
void set_log_quiet(bool quiet);
/// From now on every line is also appended to `file`.
void log_to_file(const std::filesystem::path& file);

}  // namespace othello
