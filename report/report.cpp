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
  std::vector<std::pair<std::string, Json>> ablations;
  for (const auto& ablation : ablation_documents())
    if (auto document = read_if_there(run.result_file(ablation)))
      ablations.emplace_back(ablation, std::move(*document));
  return {.name = name.string(),
          .model = run.path().string(),
          .config = run.read_config_file(),
          .manifest = read_if_there(run.manifest_file()),
          .train = read_if_there(run.result_file("train")),
          .evaluate = read_if_there(run.result_file("evaluate")),
          .probe = read_if_there(run.result_file("probe")),
          .intervene = read_if_there(run.result_file("intervene")),
          .saliency = read_if_there(run.result_file("saliency")),
          .patch = read_if_there(run.result_file("patch")),
          .ntk = read_if_there(run.result_file("ntk")),
          .llc = read_if_there(run.result_file("llc")),
          .emergence = read_if_there(run.result_file("emergence")),
          .ablations = std::move(ablations),
          .metrics = run.read_metrics()};
}

namespace {

/// Results of different checkpoints must not stand in one table.
void check_one_model(const RunDocuments& run) {
  const Json* first = nullptr;
  std::string first_name;
  std::vector<std::pair<std::string, const Json*>> documents{
      {"evaluate", pointer(run.evaluate)}, {"probe", pointer(run.probe)},        {"intervene", pointer(run.intervene)},
      {"saliency", pointer(run.saliency)}, {"patch", pointer(run.patch)},        {"ntk", pointer(run.ntk)},
      {"llc", pointer(run.llc)},           {"emergence", pointer(run.emergence)}};
  for (const auto& [name, document] : run.ablations) documents.emplace_back(name, &document);
  for (const auto& [name, document] : documents) {
    if (document == nullptr || !document->contains("model")) continue;
    const Json& model = (*document)["model"];
    if (!model.is_object()) continue;  // whoever reads it says so
    const bool stale =
        run.train && run.train->contains("steps") && model.contains("step") && model["step"] != (*run.train)["steps"];
    if (stale)
      fail("results/{}.json belongs to step {} of another state of the run; measure it anew: {}", name,
           json_text(model["step"]), result_command(name, run.model));
    if (first != nullptr && (first->value("sha256", Json()) != model.value("sha256", Json())))
      fail("results/{}.json and results/{}.json belong to different models; measure them anew: {}", first_name, name,
           result_command(name, run.model));
    first = &model;
    first_name = name;
  }
}

}  // namespace

Verdict run_verdict(const RunFolder& run) {
  const auto documents = read_documents(run);
  return naming_run(documents, [&] {
    check_one_model(documents);
    return verdict(documents.findings());
  });
}

std::string render_report(const RunFolder& run) {
  const auto documents = read_documents(run);
  return naming_run(documents, [&] {
    check_one_model(documents);
    return page("Othello-GPT: " + documents.name,
                head_section(documents) + facts_section(documents) + learning_section(documents) +
                    evaluation_section(documents) + probe_section(documents) + intervention_section(documents) +
                    ablation_section(documents) + saliency_section(documents) + patch_section(documents) +
                    theory_section(documents) + reproduce_section(documents));
  });
}

}  // namespace othello
