#include "report/report.h"

#include "common/files.h"
#include "report/html.h"
#include "report/sections.h"

namespace fs = std::filesystem;

namespace othello {
namespace {

std::optional<Json> read_if_there(const fs::path& file) {
  if (!fs::exists(file)) return std::nullopt;
  return parse_json(read_file(file), file.string());
}

const Json* pointer(const std::optional<Json>& json) { return json ? &*json : nullptr; }

/// Documents name themselves relative to the run; messages also say which run.
template <class Work>
auto naming_run(const RunDocuments& run, const Work& work) {
  try {
    return work();
  } catch (const Error& error) {
    throw Error(run.model + "/" + error.what());
  }
}

}  // namespace

Findings RunDocuments::findings() const {
  return {.config = &config,
          .train = pointer(train),
          .evaluate = pointer(evaluate),
          .probe = pointer(probe),
          .intervene = pointer(intervene),
          .model = model};
}

RunDocuments read_documents(const RunFolder& run) {
  const auto path = run.path().lexically_normal();
  const auto name = path.has_filename() ? path.filename() : path.parent_path().filename();
  return {.name = name.string(),
          .model = run.path().string(),
          .config = run.read_config_file(),
          .manifest = read_if_there(run.manifest_file()),
          .train = read_if_there(run.result_file("train")),
          .evaluate = read_if_there(run.result_file("evaluate")),
          .probe = read_if_there(run.result_file("probe")),
          .intervene = read_if_there(run.result_file("intervene")),
          .metrics = run.read_metrics()};
}

Verdict run_verdict(const RunFolder& run) {
  const auto documents = read_documents(run);
  return naming_run(documents, [&] { return verdict(documents.findings()); });
}

std::string render_report(const RunFolder& run) {
  const auto documents = read_documents(run);
  return naming_run(documents, [&] {
    return page("Othello-GPT: " + documents.name, head_section(documents) + facts_section(documents) +
                                                      learning_section(documents) + evaluation_section(documents) +
                                                      probe_section(documents) + intervention_section(documents) +
                                                      reproduce_section(documents));
  });
}

}  // namespace othello
