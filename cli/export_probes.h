// What `export --probes` does.
#pragma once

#include <string>
#include <vector>

#include "cli/options.h"

namespace othello {

/// "numpy", "published" and "published-sides".
const std::vector<std::string>& probe_formats();

struct ExportProbesOptions {
  std::string probes;  // a run with results/probes.safetensors, or a file of probes
  std::string format;
  std::string out;
  std::string site;  // of the published formats, which have one; numpy has all
  std::string kind;  // "" = the only one
};

/// Probes → a folder of .npy files, or one file in the layout of the published probes. Throws UsageError if a site is
/// missing or has no place in the format.
void export_probes_command(const ExportProbesOptions& options, const OutputOptions& output);

}  // namespace othello
