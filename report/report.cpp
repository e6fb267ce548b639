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

/// Documents name themselves relative to their run; messages also say where that is.
template <class Work>
auto naming_run(const std::string& folder, const Work& work) {
  try {
    return work();
  } catch (const Error& error) {
    throw Error(folder + "/" + error.what());
  }
}

}  // namespace

Findings RunDocuments::findings() const {
  return {.config = &config,
          .train = pointer(train),
          .evaluate = pointer(evaluate),
          .probe = pointer(probe),
          .intervene = pointer(intervene),
          .model = model,
          .who = who};
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
          .metrics = run.read_metrics(),
          .who = "The model",
          .anchors = {},
          .shipped = nullptr};
}

Verdict verdict_of(const RunDocuments& run) {
  if (!run.shipped) return verdict(run.findings());
  auto both = naming_run(kShippedFolder, [&] { return verdict(run.shipped->findings()); });
  auto own = verdict(run.findings());
  both.own_trained_on = std::move(own.trained_on), both.own = std::move(own.rows);
  return both;
}

namespace {

/// The documents of a run and, if one was measured beside it, of a shipped model.
RunDocuments read_both(const RunFolder& run) {
  auto own = read_documents(run);
  const auto folder = run.path() / kShippedFolder;
  if (!RunFolder::is_run(folder)) return own;
  auto shipped = read_documents(RunFolder::open(folder));
  const auto name = shipped.train ? shipped.train->value("shipped", std::string()) : std::string();
  if (name.empty()) return own;  // some other run
  shipped.model = name;
  shipped.who = "The shipped model " + name;
  own.who = "Your model";
  own.anchors = "own-";
  own.shipped = std::make_shared<const RunDocuments>(std::move(shipped));
  return own;
}

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

/// What `work` makes of the documents once they are known to belong together.
template <class Work>
auto with_documents(const RunFolder& run, const Work& work) {
  const auto documents = read_both(run);
  return naming_run(documents.model, [&] {
    check_one_model(documents);
    if (documents.shipped) naming_run(kShippedFolder, [&] { check_one_model(*documents.shipped); });
    return work(documents);
  });
}

std::string board_sections(const RunDocuments& run) { return probe_section(run) + intervention_section(run); }

/// Of the shipped model, the run's own folded away below.
std::string shipped_sections(const RunDocuments& run) {
  const auto& shipped = *run.shipped;
  return naming_run(kShippedFolder,
                    [&] { return shipped_section(shipped) + evaluation_section(shipped) + board_sections(shipped); }) +
         folded("The same about your model", evaluation_section(run) + board_sections(run));
}

}  // namespace

Verdict run_verdict(const RunFolder& run) { return with_documents(run, verdict_of); }

std::string render_report(const RunFolder& run) {
  return with_documents(run, [](const RunDocuments& documents) {
    return page("Othello-GPT: " + documents.name,
                head_section(documents) + facts_section(documents) + learning_section(documents) +
                    (documents.shipped ? shipped_sections(documents)
                                       : evaluation_section(documents) + board_sections(documents)) +
                    ablation_section(documents) + saliency_section(documents) + patch_section(documents) +
                    theory_section(documents) + reproduce_section(documents));
  });
}

}  // namespace othello
