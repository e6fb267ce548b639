// Edits that put other activations in place of those that are there.
#pragma once

#include <map>

#include "interventions/edit.h"
#include "interventions/subspace.h"

namespace othello {

/// Activations by batch and place: [rows, pos, width].
using StoredActivations = std::vector<std::map<ProbeSite, Tensor>>;

/// Of the unedited passes of the cases, at these places.
StoredActivations own_activations(const Transformer& model, const std::vector<CaseBatch>& batches,
                                  const std::vector<ProbeSite>& sites, int workers);
/// Of the last positions of the cases' donors. Throws Error if a case has none or one that is too short.
StoredActivations donor_activations(const Transformer& model, const std::vector<CaseBatch>& batches,
                                    const std::vector<ProbeSite>& sites, int workers);
/// Each row's are those of another case with as many positions, drawn from `seed` (resample ablation). Throws Error if
/// a case is alone.
StoredActivations resampled(const StoredActivations& own, const std::vector<CaseBatch>& batches, std::uint64_t seed);

/// x ← what is stored for the case: patching from a donor game, or resample ablation.
class StoredEdit : public Edit {
 public:
  /// column: of a single neuron; −1 = all.
  explicit StoredEdit(std::shared_ptr<const StoredActivations> stored, int column = -1)
      : stored_(std::move(stored)), column_(column) {}
  Tensor apply(const Tensor& x, const ProbeSite& site, const CaseBatch& batch) const override;

 private:
  std::shared_ptr<const StoredActivations> stored_;
  int column_;
};

/// x ← the mean over games at the same ply, or 0.
class ConstantEdit : public Edit {
 public:
  /// means: [context, width] by place, by ply; empty = 0.
  explicit ConstantEdit(std::map<ProbeSite, Tensor> means, int column = -1)
      : means_(std::move(means)), column_(column) {}
  Tensor apply(const Tensor& x, const ProbeSite& site, const CaseBatch& batch) const override;

 private:
  std::map<ProbeSite, Tensor> means_;
  int column_;
};

/// Of x, what lies in a subspace ← that of what is stored (interchange intervention: Geiger et al. 2023,
/// arXiv 2303.02536).
class SubspaceEdit : public Edit {
 public:
  SubspaceEdit(std::shared_ptr<const StoredActivations> stored, std::map<ProbeSite, Subspace> subspaces)
      : stored_(std::move(stored)), subspaces_(std::move(subspaces)) {}
  Tensor apply(const Tensor& x, const ProbeSite& site, const CaseBatch& batch) const override;

 private:
  std::shared_ptr<const StoredActivations> stored_;
  std::map<ProbeSite, Subspace> subspaces_;
};

/// A control: x moves as far as by another edit, in a random direction drawn from `seed` by case and place.
class RandomisedEdit : public Edit {
 public:
  RandomisedEdit(std::shared_ptr<const Edit> edit, std::uint64_t seed) : edit_(std::move(edit)), seed_(seed) {}
  Tensor apply(const Tensor& x, const ProbeSite& site, const CaseBatch& batch) const override;

 private:
  std::shared_ptr<const Edit> edit_;
  std::uint64_t seed_;
};

}  // namespace othello
