#include "cli/export_probes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/stages.h"
#include "common/progress.h"
#include "common/run_folder.h"
#include "model/runtime.h"
#include "probes/probe_export.h"

namespace othello {

const std::vector<std::string>& probe_formats() {
  static const std::vector<std::string> kFormats{"numpy", "published", "published-sides"};
  return kFormats;
}

void export_probes_command(const ExportProbesOptions& options, const OutputOptions& output) {
  const bool numpy = options.format == "numpy";
  if (numpy && !(options.site.empty() && options.kind.empty()))
    throw UsageError("--format numpy writes the probes of all sites and kinds: leave out --site and --kind");
  if (!numpy && options.site.empty())
    throw UsageError("the published layouts hold the probe of one site: --site NAME, e.g. blocks.3.hook_resid_post");
  output.apply();
  prepare_runtime();
  const Stopwatch clock;
  const auto file = RunFolder::is_run(options.probes) ? probes_file(RunFolder::open(options.probes))
                                                      : std::filesystem::path(options.probes);
  Json result = result_envelope("export");
  result["probes"] = file.string();
  result["format"] = options.format;
  result["out"] = options.out;
  std::string what;
  if (numpy) {
    const auto index = export_probes_numpy(file, options.out);
    result["tensors"] = index["tensors"];
    what = fmt::format("{} tensors", index["tensors"].size());
  } else {
    const auto layout = options.format == "published" ? PublishedLayout::colors : PublishedLayout::sides;
    const auto answer = export_probes_published(file, layout, options.site, options.kind, options.out);
    result.update(answer);
    what = fmt::format("linear_probe [{}], modes {}, classes {}",
                       fmt::join(answer["shape"].get<std::vector<std::int64_t>>(), ", "),
                       fmt::join(answer["modes"].get<std::vector<std::string>>(), " / "),
                       fmt::join(answer["classes"].get<std::vector<std::string>>(), ", "));
  }
  result["seconds"] = clock.seconds();
  output.print(result, fmt::format("{}: {}", what, options.out));
}

}  // namespace othello
