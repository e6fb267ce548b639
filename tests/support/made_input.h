// Activations that are functions of the position, so that what a probe can read from them is known.
#pragma once

#include "common/random.h"
#include "probes/ridge_sweep.h"

namespace othello::test {

/// What `rows` ([rows, width] fp32) makes of a batch, as if a network had computed it: with an intercept.
class MadeInput : public ProbeInput {
 public:
  using Rows = std::function<Tensor(const ProbeBatch&)>;
  using Change = ActivationInput::Change;

  MadeInput(const std::string& name, std::int64_t width, Rows rows, Change change = Change::none)
      : MadeInput(ActivationInput(name, 0, width, true, change), std::move(rows)) {}

  Tensor apply(const ProbeBatch& batch, int parity, const Tensor& w) const override {
    return inner_.apply(made(batch), parity, w);
  }
  void adjoint(const ProbeBatch& batch, int parity, const Tensor& r, Tensor& sum) const override {
    inner_.adjoint(made(batch), parity, r, sum);
  }
  void gram(const ProbeBatch& batch, int parity, Tensor& sum) const override { inner_.gram(made(batch), parity, sum); }

 private:
  MadeInput(ActivationInput inner, Rows rows)
      : ProbeInput(inner.name(), inner.features(), 1), inner_(std::move(inner)), rows_(std::move(rows)) {}
  ProbeBatch made(const ProbeBatch& batch) const { return {batch.positions, batch.first_game, {rows_(batch)}, {}}; }

  ActivationInput inner_;
  Rows rows_;
};

/// A number that the moves so far determine and that otherwise tells nothing of them.
inline std::uint64_t hash_of_moves(const Positions& p, std::size_t row) {
  const auto [game, ply] = p.rows[row];
  std::uint64_t hash = 1469598103934665603u;
  for (int t = 0; t < ply; ++t)
    hash = (hash ^ static_cast<std::uint64_t>(p.games[static_cast<std::size_t>(game)].squares[t])) * 1099511628211u;
  return hash;
}

/// Coin number `number` of a row: fair, the same whenever the same moves were played, else independent.
inline std::uint8_t coin(const Positions& p, std::size_t row, std::uint32_t number) {
  static const Stream stream = Stream(5).child("coins");
  return stream.draw(hash_of_moves(p, row), number) >> 31;
}

/// A label for a position that `label(positions, row)` tells, of two classes.
template <class Label>
Target position_target(const std::string& name, const Label& label) {
  return {name, "", {"no", "yes"}, 1, [label](const Positions& p, std::span<std::uint8_t> labels) {
            for (std::size_t row = 0; row < p.rows.size(); ++row) labels[row] = label(p, row);
          }};
}

/// Standard normal numbers, [rows, columns], the same for the same number.
inline Tensor normal(std::int64_t rows, std::int64_t columns, std::uint64_t number) {
  auto x = torch::empty({rows, columns}, at::kFloat);
  Stream(6).child("normal").normal(number, {x.data_ptr<float>(), static_cast<std::size_t>(x.numel())});
  return x;
}

/// A rotation of `width` axes: [width, width].
inline Tensor rotation(std::int64_t width) {
  auto q = at::eye(width, at::kDouble);
  for (std::uint64_t i = 0; i < 3; ++i) {  // reflections
    const auto v = normal(width, 1, 100 + i).to(at::kDouble);
    q = q - at::mm(at::mm(q, v), v.t()) * 2 / v.square().sum();
  }
  return q.to(at::kFloat);
}

/// One column for each square and class but the last of mine, yours, empty: 0 or 1, then rotated. [rows, 2·squares]
inline Tensor rotated_board(const ProbeBatch& batch) {
  const auto& p = batch.positions;
  const auto squares = static_cast<std::int64_t>(p.squares.size()), rows = static_cast<std::int64_t>(p.rows.size());
  auto x = torch::zeros({rows, 2 * squares}, at::kFloat);
  float* out = x.data_ptr<float>();
  for (const auto& row : p.rows) {
    const auto& after = p.facts.at(static_cast<std::size_t>(row.game), row.ply).after;
    for (const Square square : p.squares) {
      *out++ = (after.mover & bit(square)) != 0;
      *out++ = (after.opponent & bit(square)) != 0;
    }
  }
  return at::mm(x, rotation(2 * squares));
}

}  // namespace othello::test
