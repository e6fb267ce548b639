// Tangents of a model: the gradient, with respect to its parameters, of one number that it computes from an input.
// Their inner products are the empirical tangent kernel Θ(x, x') = ∇f(x)·∇f(x') (Jacot et al. 2018, arXiv 1806.07572).
#pragma once

#include <string>

#include "theory/position_sample.h"

namespace othello {

/// Parameters that belong together. The whole kernel is the sum of the kernels of the groups.
struct ParameterGroup {
  std::string name;
  std::vector<std::size_t> tensors;  // by number in TangentSource::parameters
  std::int64_t count = 0;            // of the numbers in them
};

/// A number for each of several inputs, as a function of parameters.
class TangentSource {
 public:
  virtual ~TangentSource() = default;

  virtual std::int64_t rows() const = 0;
  /// Leaves of autograd, fp32 on the CPU.
  virtual const TensorList& parameters() const = 0;
  /// Every parameter is in one group.
  virtual const std::vector<ParameterGroup>& groups() const = 0;
  /// The number of a row, a scalar with its graph. Called from several threads at once.
  virtual Tensor output(std::int64_t row) const = 0;

  std::int64_t parameter_count() const;
};

/// A group from its tensors.
ParameterGroup parameter_group(std::string name, std::vector<std::size_t> tensors, const TensorList& parameters);

/// ∇f of a row: a contiguous tensor for each parameter, undefined for one that f does not depend on.
TensorList tangent(const TangentSource& source, std::int64_t row);

/// Rows `first` to `first + count` − 1 as matrices, one for each group: [count, parameters of the group] fp32.
TensorList tangents(const TangentSource& source, std::int64_t first, std::int64_t count, int workers);

/// Which number of the logits f_o at a position is differentiated.
struct TangentOutput {
  enum class Kind {
    contrast,  // Σ_o v_o·f_o with a random unit v ⊥ 1 over the squares, the same for all positions
    pseudo,    // O^{−1/2} Σ_o f_o over the vocabulary: pNTK, Mohamadi et al. 2023 (arXiv 2206.12543). Softmax
               // does not see this direction, so that training does not shape it: of use at initialisation
    margin,    // the model's own most probable legal move against the mean of all others (tokens of squares)
    logit,     // f_o of one square
  };
  Kind kind = Kind::contrast;
  Square square = -1;      // of Kind::logit
  std::uint64_t seed = 0;  // of Kind::contrast

  /// "contrast", "pseudo", "margin" or "logit:d3".
  std::string name() const;
};
/// Throws Error for another text, or a square that is not played on this board.
TangentOutput parse_tangent_output(const std::string& text, const Vocabulary& vocabulary, std::uint64_t seed = 0);

/// A model at the positions of a sample, both of which must outlive it. Groups: "embed" (tokens and places),
/// "blocks.0", …, and "unembed" (the last norm and the unembedding).
class NetworkTangents : public TangentSource {
 public:
  NetworkTangents(const Transformer& model, const PositionSample& sample, const TangentOutput& output,
                  Operations operations = Operations::fused);

  std::int64_t rows() const override { return sample_.size(); }
  const TensorList& parameters() const override { return parameters_; }
  const std::vector<ParameterGroup>& groups() const override { return groups_; }
  Tensor output(std::int64_t row) const override;

 private:
  /// What the logits are summed with: [vocabulary] fp32.
  Tensor weights(std::int64_t row, const Tensor& logits) const;

  Transformer model_;  // a copy in fp32 whose weights ask for gradients
  const PositionSample& sample_;
  TangentOutput output_;
  Operations operations_;
  Tensor fixed_;  // [vocabulary], undefined for margins
  TensorList parameters_;
  std::vector<ParameterGroup> groups_;
};

}  // namespace othello
