// What a linear probe reads: activations at a site, or fixed functions of the moves (the controls).
#pragma once

#include <memory>
#include <string>

#include "model/transformer.h"
#include "probes/normal_equations.h"
#include "probes/positions.h"

namespace othello {

/// Weights of a linear probe, one set per ply parity: [width, squares·3].
struct Readout {
  Tensor weights[2];
  double ridge = 0;
};

/// The recorded activations of one batch: by input number, [games·context, d_model].
using Activations = std::vector<Tensor>;

class ProbeInput {
 public:
  explicit ProbeInput(std::string name) : name_(std::move(name)) {}
  virtual ~ProbeInput() = default;

  const std::string& name() const { return name_; }
  /// Columns with the intercepts, which come last; the first of them.
  virtual std::int64_t width() const = 0;
  virtual std::int64_t first_intercept() const = 0;
  /// Adds the rows of each parity to its sums.
  virtual void accumulate(const Positions& positions, const Activations& activations, NormalEquations* sums) const = 0;
  /// A score for every state of every square: [rows, squares·3].
  virtual Tensor predict(const Positions& positions, const Activations& activations, const Readout& readout) const = 0;

 private:
  std::string name_;
};

/// Activations number `index`, with one intercept per parity.
class ActivationInput : public ProbeInput {
 public:
  ActivationInput(std::string name, std::size_t index, std::int64_t d_model)
      : ProbeInput(std::move(name)), index_(index), d_model_(d_model) {}
  std::int64_t width() const override { return d_model_ + 1; }
  std::int64_t first_intercept() const override { return d_model_; }
  void accumulate(const Positions& positions, const Activations& activations, NormalEquations* sums) const override;
  Tensor predict(const Positions& positions, const Activations& activations, const Readout& readout) const override;

  /// The rows of one parity with a last column of ones: [rows, d_model + 1].
  Tensor rows(const Positions& positions, const Activations& activations, int parity) const;

 private:
  std::size_t index_;
  std::int64_t d_model_;
};

/// Indicators that a game switches on move by move.
class MoveInput : public ProbeInput {
 public:
  enum class Kind {
    majority,      // no moves, an intercept per ply: the most frequent state per (square, ply)
    bag_of_moves,  // which moves were played, one intercept
    one_hot,       // which move was played at which ply, an intercept per ply
  };
  MoveInput(Kind kind, const Vocabulary& vocabulary);
  std::int64_t width() const override { return features_ + intercepts_; }
  std::int64_t first_intercept() const override { return features_; }
  void accumulate(const Positions& positions, const Activations& activations, NormalEquations* sums) const override;
  Tensor predict(const Positions& positions, const Activations& activations, const Readout& readout) const override;

 private:
  /// Column of move `token` at `ply`, −1 if there is none.
  std::int32_t feature(std::int32_t ply, std::int64_t token) const;
  std::int32_t intercept(std::int32_t ply) const;

  Kind kind_;
  std::int32_t tokens_, features_, intercepts_;
};

}  // namespace othello
