// Latent saliency: which discs of the board inside the model does a predicted move rest on?
#pragma once

#include <array>
#include <optional>
#include <utility>

#include "data/labels.h"
#include "engine/game.h"
#include "model/transformer.h"
#include "probes/probe_set.h"

namespace othello {

struct SaliencySettings {
  int first_layer = 0, last_layer = 0;  // edited after these blocks
  double scale = 0.15;                  // in units of the residual stream's norm
  std::uint64_t seed = 1;               // of the random directions
};

/// The first half of the blocks without block 0: what `intervene` chooses for the models that ship begins there and
/// hardly goes on.
std::pair<int, int> default_saliency_layers(const ModelConfig& config);

/// What a change of each square's disc takes from a move's probability; nothing for empty squares.
struct Saliency {
  using Squares = std::array<std::optional<double>, 64>;
  double probability = 0;  // of the move without a change
  Squares raw;             // p₀(move) − p_s(move)
  Squares centred;         // less the mean over the occupied squares
  Squares random;          // control: raw of a random direction of the same norm in place of the square's
};

/// Latent saliency (Li et al. 2023, arXiv 2210.13382, algorithm 1) with the linear edit of Nanda et al. 2023 in place
/// of gradient descent: for each occupied square s, the residual stream after blocks first_layer … last_layer at the
/// last position moves by scale·‖x‖ along the probe's direction from the disc's colour to the other one. `token` is the
/// move. All squares are computed at once, and of the earlier positions their keys and values are kept. Throws Error if
/// the game has no moves, the layers are none of the model, or a block of them has no ridge probe of mine-yours-empty.
Saliency latent_saliency(const Transformer& model, const ProbeSet& probes, const Game& game, std::int64_t token,
                         const SaliencySettings& settings);

/// The squares as a list of 64 numbers, null where there is none.
Json by_square(const Saliency::Squares& values);

/// The legal move of the largest logit [vocabulary]; ties go to the lower square. `legal` is not empty.
Square most_probable_move(const Vocabulary& vocabulary, Bits legal, const Tensor& logits);

}  // namespace othello
