// Models on disk: model.safetensors with the configuration in its metadata.
#pragma once

#include <filesystem>

#include "model/safetensors.h"
#include "model/transformer.h"

namespace othello {

inline constexpr const char* kUnknown = "unknown";

/// What a model file says of its training, beside the sizes.
struct TrainingFacts {
  std::int64_t step = 0;
  std::int64_t first_game = 0;
  std::int64_t games = 0;  // number of the next game: from first_game to here they were trained on
  std::uint64_t seed = 0;
  std::string player = "uniform";  // who played those games, as `make_player` knows it, or "unknown"
  std::string targets = "none";    // "sampled", "expected", "none" for fresh weights, "unknown" for others' weights
  /// The runs before this one in which the weights were trained (--init), oldest first; these have no `earlier`.
  std::vector<TrainingFacts> earlier = {};

  /// What `earlier` is for a run that starts from these weights.
  std::vector<TrainingFacts> history() const;

  /// Of weights that others trained.
  static TrainingFacts unknown() {
    TrainingFacts facts;
    facts.player = facts.targets = kUnknown;
    return facts;
  }

  template <class Visitor>
  void fields(Visitor& v) {
    v("step", step, Range{0, 1e15});
    v("first_game", first_game, Range{0, 1e15});
    v("games", games, Range{0, 1e15});
    v("seed", seed);
    v("player", player);
    v("targets", targets, OneOf{{"sampled", "expected", "none", kUnknown}});
  }
};

/// What TrainingFacts::targets means, in words for whoever reads a result.
std::string targets_in_words(const std::string& targets);
/// "trained on …", by all runs: earlier ones are named where their targets were others; and how a model with a `base`
/// departs from it.
std::string trained_in_words(const TrainingFacts& facts, const Base* base = nullptr);

struct LoadedModel {
  Transformer model;
  TrainingFacts facts;
  std::filesystem::path file;
  std::string sha256;  // of the file

  /// {"path", "sha256", "board", "layers", …, "step", "games", "player", "targets", "trained", "parameters"}: the
  /// `model` of result documents; "trained" says it in words; step, games and seed are null if they are unknown; with
  /// --init, "earlier" has the facts of the runs before; with a base, "linearised" and "lazy_scale" say which.
  Json describe() const;
};

inline constexpr const char* kModelFile = "model.safetensors";
inline constexpr const char* kDefaultPretrained = "small";

/// Writes `file` atomically, with weights in `precision`: fp32, or bf16 for a file of half the size to ship. Those of a
/// base are tensors "base.NAME"; a model that has one is what w and w0 differ by, so bf16 is an Error then.
void save_model(const std::filesystem::path& file, const Transformer& model, const TrainingFacts& facts,
                at::ScalarType precision = at::kFloat);

/// Reads what `--model` takes into fp32: a run folder (its last checkpoint), a folder with model.safetensors, a
/// .safetensors file, or `pretrained/NAME` (`pretrained` alone: kDefaultPretrained) for a model that ships with the
/// repository, from the folder that OTHELLO_PRETRAINED names, else the source tree's pretrained/. Throws Error if there
/// is none, the file is damaged, its tensors do not fit its configuration, or a weight is not finite.
LoadedModel load_model(const std::filesystem::path& path);

}  // namespace othello
