// The logit lens: what the model would play if it ended after each block, and whether the board can be read there.
#pragma once

#include <functional>

#include "data/games.h"
#include "model/transformer.h"
#include "probes/probe_set.h"

namespace othello {

/// Games 0, 1, … of a source, as `evaluate` takes them.
struct LensGames {
  GameSource source;
  std::int64_t count = 1000;
  int workers = 1;
  /// Gets the share that is done, from one thread; may throw to give up.
  std::function<void(double share)> progress = [](double) {};
};

/// Logits as if x [batch, pos, d_model] were the residual stream behind the last block: through the final layer norm
/// and the unembedding (nostalgebraist 2020, "interpreting GPT: the logit lens") → [batch, pos, vocabulary].
Tensor lens_logits(const Transformer& model, const Tensor& x);

/// {"layers": […], "order": {…}}. At the residual stream before block 0 and after every block, means over positions
/// that have a next move, E over games:
///   {"layer", "site", "legal_top1", "legal_mass", "kl", "cross_entropy": E as `evaluate` defines them, of the lens;
///    "board_accuracy": E of squares, "board_exact": E of positions whose squares all are read right, by the ridge
///    probe of mine-yours-empty (find_mover_probe); null without one at that site, "untrained": {"legal_top1",
///    "legal_mass", "kl", "cross_entropy": E} of the control}
/// "order" is that of layer_order.h; null unless there is a probe at each of these sites. `probes` may be null. Throws
/// Error if a network has a base or no game has a second move.
Json lens(const Transformer& model, const Transformer& untrained, const ProbeSet* probes, const LensGames& games);

}  // namespace othello
