// The parts of the report, each a function of the run's documents.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/config.h"
#include "common/run_folder.h"
#include "engine/board.h"
#include "report/verdict.h"

namespace othello {

/// What a run folder holds; results that do not exist are empty.
struct RunDocuments {
  std::string name;   // the folder's own name
  std::string model;  // the folder as the user wrote it: what --model takes
  Json config;
  std::optional<Json> manifest, train, evaluate, probe, intervene, saliency, patch, ntk, llc, emergence;
  std::vector<std::pair<std::string, Json>> ablations;  // those of ablation_documents() that exist
  std::vector<Json> metrics;
  std::string who = "The model";
  std::string anchors;                          // what the names of sections about the board begin with
  std::shared_ptr<const RunDocuments> shipped;  // what was measured of a shipped model beside this run

  Findings findings() const;
};

/// Throws Error for files that cannot be read or are not JSON.
RunDocuments read_documents(const RunFolder& run);

/// The answers for the shipped model, with the run's own beside, if there is one; else the run's.
Verdict verdict_of(const RunDocuments& run);
/// Title, sentence and table of the verdict, and links to the sections.
std::string head_section(const RunDocuments& run);
/// Sizes, seeds, machine.
std::string facts_section(const RunDocuments& run);
/// The same of a shipped model: from here on the page is about it.
std::string shipped_section(const RunDocuments& shipped);
/// Loss against its floor and legal moves over the games of the training.
std::string learning_section(const RunDocuments& run);
/// The same by ply, on fresh games.
std::string evaluation_section(const RunDocuments& run);
/// Probe accuracy by layer with its controls, and per square.
std::string probe_section(const RunDocuments& run);
/// Intervention error by layer range with its controls, and three examples.
std::string intervention_section(const RunDocuments& run);
/// The results of ablations and searched subspaces by name, in the order of the page.
const std::vector<std::string>& ablation_documents();
/// What is lost without each part, and a subspace swapped between games; empty without any of those documents.
std::string ablation_section(const RunDocuments& run);
/// Whether moves rest on the discs that make them legal; empty without results/saliency.json.
std::string saliency_section(const RunDocuments& run);
/// What tells two games apart, block by block; empty without results/patch.json, which needs two chosen games.
std::string patch_section(const RunDocuments& run);
/// Whether any document of `ntk`, `llc` or `emergence` is there.
bool has_theory(const RunDocuments& run);
/// Inputs, kernel, network, effects and onsets in one table, and what goes with it; empty without any of those
/// documents.
std::string theory_section(const RunDocuments& run);
/// The commands that made the run.
std::string reproduce_section(const RunDocuments& run);

}  // namespace othello
