#include "probes/inputs.h"

#include <algorithm>

#include "common/random.h"

namespace othello {
namespace {

constexpr int kPowers = 4;

const char* name_of(MoveInput::Kind kind) {
  return kind == MoveInput::Kind::majority       ? "majority"
         : kind == MoveInput::Kind::bag_of_moves ? "bag-of-moves"
                                                 : "one-hot";
}

/// x [rows, width] → [rows, 2·kPowers]
Tensor power_means(const Tensor& x) {
  TensorList columns;
  const auto size = x.abs();
  Tensor power = size, signed_power = x;
  for (int p = 1; p <= kPowers; ++p) {
    if (p > 1) power = power * size, signed_power = signed_power * size;
    const auto mean = signed_power.mean(1);
    columns.push_back(power.mean(1).pow(1.0 / p));
    columns.push_back(mean.sign() * mean.abs().pow(1.0 / p));
  }
  return at::stack(columns, 1);
}

/// Each row in ascending order (at::sort makes indices too, and takes several times as long).
Tensor sorted(const Tensor& x) {
  auto copy = x.contiguous().clone();
  float* row = copy.data_ptr<float>();
  for (std::int64_t i = 0; i < copy.size(0); ++i, row += copy.size(1)) std::sort(row, row + copy.size(1));
  return copy;
}

std::int64_t changed_width(std::int64_t width, ActivationInput::Change change) {
  return change == ActivationInput::Change::power_means ? 2 * kPowers : width;
}

/// A game's features come one by one, so that a row's are those of the row before and a few more: sums over rows are
/// sums over moves.
template <class Visit>
void for_each_game(const ProbeBatch& batch, const Visit& visit) {
  for (std::int64_t game = 0; game < batch.positions.batch.games; ++game) visit(game);
}

/// The row of parity `parity` at `ply` of a game, counted from the first of that parity; −1 if there is none.
std::int64_t row_at(const Positions& p, std::int64_t game, std::int64_t ply, int parity) {
  const auto row = p.row_of[static_cast<std::size_t>(game * p.batch.context + ply - 1)];
  return row >= p.begin[parity] && row < p.begin[parity + 1] ? row - p.begin[parity] : -1;
}

}  // namespace

Tensor ProbeInput::penalty(const Tensor& gram) const {
  return gram.diagonal().narrow(0, 0, features_).mean().expand({features_});
}

void ProbeInput::accumulate(const ProbeBatch& batch, int parity, const TensorList& r, Tensor& gram_sum,
                            TensorList& sums) const {
  gram(batch, parity, gram_sum);
  for (std::size_t i = 0; i < r.size(); ++i) adjoint(batch, parity, r[i], sums[i]);
}

ActivationInput::ActivationInput(std::string name, std::size_t source, std::int64_t width, bool bias, Change change)
    : ProbeInput(std::move(name), changed_width(width, change), bias ? 1 : 0),
      source_(source),
      bias_(bias),
      change_(change) {
  if (change == Change::permuted) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(width));
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
    Stream(0).child("permuted neurons").shuffle(0, std::span(order));
    permutation_ = at::tensor(order, at::kLong);
  }
}

Tensor ActivationInput::rows(const ProbeBatch& batch, int parity) const {
  auto x = batch.activations[source_].narrow(0, batch.positions.begin[parity], batch.positions.count(parity));
  switch (change_) {
    case Change::none: break;
    case Change::sorted: x = sorted(x); break;
    case Change::power_means: x = power_means(x); break;
    case Change::permuted: x = x.index_select(1, permutation_); break;
  }
  return bias_ ? at::cat({x, torch::ones({x.size(0), 1}, at::kFloat)}, 1) : x;
}

Tensor ActivationInput::apply(const ProbeBatch& batch, int parity, const Tensor& w) const {
  return at::mm(rows(batch, parity), w);
}

void ActivationInput::adjoint(const ProbeBatch& batch, int parity, const Tensor& r, Tensor& sum) const {
  sum.add_(at::mm(rows(batch, parity).t(), r));
}

void ActivationInput::gram(const ProbeBatch& batch, int parity, Tensor& sum) const {
  TensorList none;
  accumulate(batch, parity, {}, sum, none);
}

void ActivationInput::accumulate(const ProbeBatch& batch, int parity, const TensorList& r, Tensor& gram_sum,
                                 TensorList& sums) const {
  const auto x = rows(batch, parity);  // once for all: sorting it costs as much as all the rest
  // In fp64: activations of early layers span few directions, and rounding there would break Cholesky.
  const auto wide = x.to(at::kDouble);
  gram_sum.addmm_(wide.t(), wide);
  for (std::size_t i = 0; i < r.size(); ++i) sums[i].add_(at::mm(x.t(), r[i]));
}

MoveInput::MoveInput(Kind kind, const Vocabulary& vocabulary)
    : MoveInput(kind, vocabulary,
                kind == Kind::majority       ? 0
                : kind == Kind::bag_of_moves ? vocabulary.size() - 1
                                             : vocabulary.context() * (vocabulary.size() - 1)) {}

MoveInput::MoveInput(Kind kind, const Vocabulary& vocabulary, std::int64_t features)
    : ProbeInput(name_of(kind), features, kind == Kind::bag_of_moves ? 1 : vocabulary.context(), true),
      kind_(kind),
      tokens_(vocabulary.size() - 1),
      context_(vocabulary.context()) {}

std::vector<std::int64_t> MoveInput::columns(const ProbeBatch& batch, std::int64_t game) const {
  std::vector<std::int64_t> columns;
  if (kind_ == Kind::majority) return columns;
  for (std::int64_t t = 1; t <= context_; ++t) {
    const auto token = batch.positions.batch.tokens[static_cast<std::size_t>(game * context_ + t - 1)];
    if (token == kPadding) break;
    columns.push_back((kind_ == Kind::one_hot ? (t - 1) * tokens_ : 0) + token - 1);
  }
  return columns;
}

std::int64_t MoveInput::intercept(std::int64_t ply) const {
  return features() + (kind_ == Kind::bag_of_moves ? 0 : ply - 1);
}

Tensor MoveInput::apply(const ProbeBatch& batch, int parity, const Tensor& w) const {
  const auto outputs = w.size(1);
  auto scores = torch::empty({batch.positions.count(parity), outputs}, at::kFloat);
  float* out = scores.data_ptr<float>();
  const float* weights = w.data_ptr<float>();
  std::vector<float> running(static_cast<std::size_t>(outputs));  // the sum over the moves so far
  for_each_game(batch, [&](std::int64_t game) {
    const auto moves = columns(batch, game);
    std::fill(running.begin(), running.end(), 0.0F);
    for (std::int64_t t = 1; t <= context_; ++t) {
      if (t <= static_cast<std::int64_t>(moves.size())) {
        const float* from = weights + moves[static_cast<std::size_t>(t - 1)] * outputs;
        for (std::int64_t i = 0; i < outputs; ++i) running[static_cast<std::size_t>(i)] += from[i];
      }
      if (const auto row = row_at(batch.positions, game, t, parity); row >= 0) {
        const float* from = weights + intercept(t) * outputs;
        float* to = out + row * outputs;
        for (std::int64_t i = 0; i < outputs; ++i) to[i] = running[static_cast<std::size_t>(i)] + from[i];
      }
    }
  });
  return scores;
}

void MoveInput::adjoint(const ProbeBatch& batch, int parity, const Tensor& r, Tensor& sum) const {
  const auto outputs = r.size(1);
  const auto contiguous = r.contiguous();
  const float* values = contiguous.data_ptr<float>();
  double* to = sum.data_ptr<double>();
  std::vector<double> later(static_cast<std::size_t>(outputs));  // the sum over the rows that have a move
  for_each_game(batch, [&](std::int64_t game) {
    const auto moves = columns(batch, game);
    std::fill(later.begin(), later.end(), 0.0);
    for (std::int64_t t = context_; t >= 1; --t) {
      if (const auto row = row_at(batch.positions, game, t, parity); row >= 0) {
        const float* from = values + row * outputs;
        double* constant = to + intercept(t) * outputs;
        for (std::int64_t i = 0; i < outputs; ++i) {
          later[static_cast<std::size_t>(i)] += from[i];
          constant[i] += from[i];
        }
      }
      if (t > static_cast<std::int64_t>(moves.size())) continue;
      double* move = to + moves[static_cast<std::size_t>(t - 1)] * outputs;
      for (std::int64_t i = 0; i < outputs; ++i) move[i] += later[static_cast<std::size_t>(i)];
    }
  });
}

void MoveInput::gram(const ProbeBatch& batch, int parity, Tensor& sum) const {
  double* to = sum.data_ptr<double>();
  const auto add = [&](std::int64_t a, std::int64_t b, double count) {
    to[a * width() + b] += count;
    if (a != b) to[b * width() + a] += count;
  };
  for_each_game(batch, [&](std::int64_t game) {
    const auto moves = columns(batch, game);
    double later = 0;  // rows that have the move of this ply
    for (std::int64_t t = context_; t >= 1; --t) {
      const auto before = std::span(moves).first(std::min(moves.size(), static_cast<std::size_t>(t)));
      if (row_at(batch.positions, game, t, parity) >= 0) {
        ++later;
        add(intercept(t), intercept(t), 1);
        for (const auto column : before) add(column, intercept(t), 1);
      }
      if (t > static_cast<std::int64_t>(moves.size())) continue;
      // Two moves are in as many rows as the later of them.
      for (const auto column : before) add(column, moves[static_cast<std::size_t>(t - 1)], later);
    }
  });
}

JointInput::JointInput(const MoveInput& moves, const ActivationInput& activations, double moves_penalty)
    : ProbeInput(moves.name() + " + " + activations.name(), moves.features() + activations.features(),
                 moves.width() - moves.features(), true),
      moves_(moves),
      activations_(activations),
      moves_penalty_(moves_penalty) {}

Tensor JointInput::of_activations(const Tensor& w) const {
  const auto features = activations_.features(), intercepts = width() - this->features();
  const auto constant = w.size(0) > features ? w.narrow(0, features, 1) : torch::zeros({1, w.size(1)}, at::kFloat);
  return at::cat({torch::zeros({moves_.features(), w.size(1)}, at::kFloat), w.narrow(0, 0, features),
                  constant.expand({intercepts, w.size(1)})});
}

Tensor JointInput::apply(const ProbeBatch& batch, int parity, const Tensor& w) const {
  const auto first = moves_.features(), second = activations_.features();
  const auto of_moves = at::cat({w.narrow(0, 0, first), w.narrow(0, first + second, width() - features())});
  return moves_.apply(batch, parity, of_moves).add_(activations_.apply(batch, parity, w.narrow(0, first, second)));
}

void JointInput::adjoint(const ProbeBatch& batch, int parity, const Tensor& r, Tensor& sum) const {
  const auto first = moves_.features(), second = activations_.features();
  auto of_moves = torch::zeros({moves_.width(), r.size(1)}, at::kDouble);
  moves_.adjoint(batch, parity, r, of_moves);
  sum.narrow(0, 0, first).add_(of_moves.narrow(0, 0, first));
  sum.narrow(0, first + second, width() - features()).add_(of_moves.narrow(0, first, moves_.width() - first));
  auto of_activations = sum.narrow(0, first, second);
  activations_.adjoint(batch, parity, r, of_activations);
}

void JointInput::gram(const ProbeBatch& batch, int parity, Tensor& sum) const {
  const auto first = moves_.features(), second = activations_.features(), last = width() - features();
  auto of_moves = torch::zeros({moves_.width(), moves_.width()}, at::kDouble);
  moves_.gram(batch, parity, of_moves);
  auto crossed = torch::zeros({moves_.width(), second}, at::kDouble);  // movesᵀ · activations
  moves_.adjoint(batch, parity, activations_.rows(batch, parity), crossed);
  const auto add = [&](std::int64_t row, std::int64_t column, const Tensor& block) {
    sum.narrow(0, row, block.size(0)).narrow(1, column, block.size(1)).add_(block);
  };
  const auto moves = [&](std::int64_t row, std::int64_t rows, std::int64_t column, std::int64_t columns) {
    return of_moves.narrow(0, row, rows).narrow(1, column, columns);
  };
  const auto end = first + second;
  add(0, 0, moves(0, first, 0, first));
  add(0, end, moves(0, first, first, last));
  add(end, 0, moves(first, last, 0, first));
  add(end, end, moves(first, last, first, last));
  add(0, first, crossed.narrow(0, 0, first));
  add(first, 0, crossed.narrow(0, 0, first).t());
  add(end, first, crossed.narrow(0, first, last));
  add(first, end, crossed.narrow(0, first, last).t());
  auto of_activations = sum.narrow(0, first, second).narrow(1, first, second);
  activations_.gram(batch, parity, of_activations);
}

Tensor JointInput::penalty(const Tensor& gram) const {
  const auto diagonal = gram.diagonal();
  const auto of = [&](const ProbeInput& input, std::int64_t begin) {
    return diagonal.narrow(0, begin, input.features()).mean().expand({input.features()});
  };
  return at::cat({of(moves_, 0) * moves_penalty_, of(activations_, moves_.features())});
}

}  // namespace othello
