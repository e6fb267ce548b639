// A run as one self-contained HTML page.
#pragma once

#include <string>

#include "common/run_folder.h"
#include "report/verdict.h"

namespace othello {

/// The page, from config.json, manifest.json, metrics.jsonl and results/*.json alone. A result that is missing leaves
/// a section that names the command that makes it. Throws Error naming file and field for a malformed document.
std::string render_report(const RunFolder& run);

/// The verdict of a run from its documents.
Verdict run_verdict(const RunFolder& run);

}  // namespace othello
