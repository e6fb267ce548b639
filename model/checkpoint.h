// Models on disk: model.safetensors with the configuration in its metadata.
#pragma once

#include <filesystem>

#include "model/safetensors.h"
#include "model/transformer.h"

namespace othello {

/// What a model file says of its training, beside the sizes.
struct TrainingFacts {
  std::int64_t step = 0;
  std::int64_t games = 0;  // games seen so far, also the next game's number
  std::uint64_t seed = 0;
  std::string player = "uniform";  // who played those games, as `make_player` knows it
  std::string targets = "none";    // "sampled", "expected" or, for fresh weights, "none"

  template <class Visitor>
  void fields(Visitor& v) {
    v("step", step, Range{0, 1e15});
    v("games", games, Range{0, 1e15});
    v("seed", seed);
    v("player", player);
    v("targets", targets, OneOf{{"sampled", "expected", "none"}});
  }
};

/// What a model with these TrainingFacts::targets was trained on, in words for whoever reads a result.
std::string targets_in_words(const std::string& targets);

struct LoadedModel {
  Transformer model;
  TrainingFacts facts;
  std::filesystem::path file;
  std::string sha256;  // of the file

  /// {"path", "sha256", "board", "layers", …, "step", "games", "player", "targets", "parameters"}: the `model` of
  /// result documents.
  Json describe() const;
};

inline constexpr const char* kModelFile = "model.safetensors";

/// Writes `file` atomically.
void save_model(const std::filesystem::path& file, const Transformer& model, const TrainingFacts& facts);

/// Reads what `--model` takes: a run folder (its last checkpoint), a checkpoint folder or a .safetensors file. Throws
/// Error if the file is damaged, its tensors do not fit its configuration, or a weight is not finite.
LoadedModel load_model(const std::filesystem::path& path);

}  // namespace othello
