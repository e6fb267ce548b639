// A run as one self-contained HTML page.
#pragma once

#include <string>

#include "common/run_folder.h"
#include "report/verdict.h"

namespace othello {

/// Where a run keeps what was measured of a shipped model beside it: a run folder without checkpoints, whose results/
/// train.json names the model ("shipped").
inline constexpr const char* kShippedFolder = "shipped";

/// The page, from config.json, manifest.json, metrics.jsonl and results/*.json alone. A result that is missing leaves
/// a section that names the command that makes it. With a shipped model beside the run the page tells the board's story
/// of that one, and the run's own beside it in the verdict and folded away. Throws Error naming file and field for a
/// malformed document.
std::string render_report(const RunFolder& run);

/// The verdict of a run, and of a shipped model beside it, from their documents.
Verdict run_verdict(const RunFolder& run);

}  // namespace othello
