// What a linear probe reads, as a matrix X with a row for every position: activations at a site, or fixed functions of
// the moves (the controls).
#pragma once

#include <memory>
#include <string>

#include "probes/probe_batch.h"

namespace othello {

/// The rows of one parity of a batch, as a linear map. Columns are features, then intercepts, which are not penalised.
class ProbeInput {
 public:
  ProbeInput(std::string name, std::int64_t features, std::int64_t intercepts, bool holds_moves = false)
      : name_(std::move(name)), features_(features), intercepts_(intercepts), holds_moves_(holds_moves) {}
  virtual ~ProbeInput() = default;

  const std::string& name() const { return name_; }
  std::int64_t features() const { return features_; }
  std::int64_t width() const { return features_ + intercepts_; }
  /// The parities that each set of weights of a probe on this input is for. Inputs that hold moves have sets of their
  /// own for even and odd plies in the mode `all` as well: "mine" at the one is "yours" at the other, which no set for
  /// both can tell from the moves, and a control that is kept from it would flatter the network.
  std::vector<std::vector<int>> weight_sets(Mode mode) const {
    return othello::weight_sets(holds_moves_ && mode == Mode::all ? Mode::by_parity : mode);
  }

  /// X·w: w [width, outputs] fp32 → [rows, outputs] fp32.
  virtual Tensor apply(const ProbeBatch& batch, int parity, const Tensor& w) const = 0;
  /// sum += Xᵀ·r: r [rows, outputs] fp32, sum [width, outputs] fp64.
  virtual void adjoint(const ProbeBatch& batch, int parity, const Tensor& r, Tensor& sum) const = 0;
  /// sum += Xᵀ·X: [width, width] fp64.
  virtual void gram(const ProbeBatch& batch, int parity, Tensor& sum) const = 0;
  /// `gram` into the first sum and `adjoint` of each of `r` into the others: what ridge regression needs.
  virtual void accumulate(const ProbeBatch& batch, int parity, const TensorList& r, Tensor& gram_sum,
                          TensorList& sums) const;
  /// How strongly each feature is penalised at a ridge of 1, from XᵀX: [features] fp64. Features that are alike are
  /// penalised alike, by their mean square.
  virtual Tensor penalty(const Tensor& gram) const;

 private:
  std::string name_;
  std::int64_t features_, intercepts_;
  bool holds_moves_;
};

/// Numbers that a network computes, changed or not, with one intercept (or none).
class ActivationInput : public ProbeInput {
 public:
  enum class Change {
    none,
    sorted,       // within each position: what is left if neurons have no names
    power_means,  // mean of |x|^p and of sign(x)|x|^p over neurons, p = 1 … 4, each with its p-th root
    permuted,     // one fixed permutation of the neurons: must change nothing
  };
  /// Reads activations[source], [rows, width].
  ActivationInput(std::string name, std::size_t source, std::int64_t width, bool bias = true,
                  Change change = Change::none);

  Tensor apply(const ProbeBatch& batch, int parity, const Tensor& w) const override;
  void adjoint(const ProbeBatch& batch, int parity, const Tensor& r, Tensor& sum) const override;
  void gram(const ProbeBatch& batch, int parity, Tensor& sum) const override;
  void accumulate(const ProbeBatch& batch, int parity, const TensorList& r, Tensor& gram_sum,
                  TensorList& sums) const override;

  /// X itself: [rows, width] fp32.
  Tensor rows(const ProbeBatch& batch, int parity) const;

 private:
  std::size_t source_;
  bool bias_;
  Change change_;
  Tensor permutation_;  // [width] int64
};

/// Indicators that a game switches on move by move.
class MoveInput : public ProbeInput {
 public:
  enum class Kind {
    majority,      // no moves, an intercept per ply: the most frequent class per (square, ply)
    bag_of_moves,  // which moves were played, one intercept
    one_hot,       // which move was played at which ply, an intercept per ply
  };
  MoveInput(Kind kind, const Vocabulary& vocabulary);

  Tensor apply(const ProbeBatch& batch, int parity, const Tensor& w) const override;
  void adjoint(const ProbeBatch& batch, int parity, const Tensor& r, Tensor& sum) const override;
  void gram(const ProbeBatch& batch, int parity, Tensor& sum) const override;

 private:
  MoveInput(Kind kind, const Vocabulary& vocabulary, std::int64_t features);
  /// Columns of the moves of a game that are features, in the order of plies.
  std::vector<std::int64_t> columns(const ProbeBatch& batch, std::int64_t game) const;
  std::int64_t intercept(std::int64_t ply) const;

  Kind kind_;
  std::int64_t tokens_, context_;
};

/// Two inputs side by side: the features of one, those of the other, then the intercepts of the first.
class JointInput : public ProbeInput {
 public:
  /// `moves` and `activations` outlive this; the latter has no intercept. The features of the former are penalised
  /// `moves_penalty` times as strongly as their mean square says.
  JointInput(const MoveInput& moves, const ActivationInput& activations, double moves_penalty = 1);

  Tensor apply(const ProbeBatch& batch, int parity, const Tensor& w) const override;
  void adjoint(const ProbeBatch& batch, int parity, const Tensor& r, Tensor& sum) const override;
  void gram(const ProbeBatch& batch, int parity, Tensor& sum) const override;
  Tensor penalty(const Tensor& gram) const override;

  /// Weights for this input of a probe of the activations alone, [features of these + 1 or 0, outputs].
  Tensor of_activations(const Tensor& w) const;

  const MoveInput& moves() const { return moves_; }
  const ActivationInput& activations() const { return activations_; }

 private:
  const MoveInput& moves_;
  const ActivationInput& activations_;
  double moves_penalty_;
};

}  // namespace othello
