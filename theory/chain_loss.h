// The loss of a network along one chain, as a function of the weights that may move.
#pragma once

#include "model/transformer.h"
#include "theory/llc_components.h"
#include "theory/llc_games.h"

namespace othello {

/// What w* makes of the fixed games: −log p(move played), in nats.
struct StartLosses {
  std::vector<TensorList> positions;  // [sets][batches] fp64 [games·context], 0 where there is no next move
  std::vector<double> subset_means;   // of each subset of all games, in the order of the sets' rows

  /// Losses of `model` on all minibatches, over `workers` threads.
  StartLosses(const Transformer& model, const LlcGames& games, int workers);
};

class ChainLoss {
 public:
  /// Own copies of the weights of `slices` of `model`; what it is given must outlive it. Minibatches come in an order
  /// of this chain's own, all of them before one comes again.
  ChainLoss(const Transformer& model, const std::vector<WeightSlice>& slices, const LlcGames& games,
            const StartLosses& start, std::uint64_t seed, std::uint64_t chain);

  /// The free weights of the model: [d], slice by slice.
  std::vector<float> start() const;

  /// Mean loss of minibatch `draw` and its gradient with respect to the free weights.
  double operator()(std::span<const float> weights, std::uint64_t draw, std::span<float> gradient);

  /// Σ of loss(w) − loss(w*) over each subset of the minibatch of the last call, and the number of positions, in the
  /// order of the sets' rows. Other players' games run now, through the weights of the last call.
  struct Differences {
    std::vector<double> sums, positions;
  };
  Differences differences() const;

 private:
  std::size_t batch_of(std::uint64_t draw) const;

  Transformer model_;
  TensorList leaves_;              // that may move, with gradients
  std::vector<std::size_t> leaf_;  // [slices] which leaf it is of
  std::vector<WeightSlice> slices_;
  const LlcGames& games_;
  const StartLosses& start_losses_;
  Stream order_;
  std::size_t batch_ = 0;  // of the last call
  Tensor losses_;          // of its positions: fp64 [games·context]
};

}  // namespace othello
