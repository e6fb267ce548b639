// The local learning coefficient of a network: λ̂ = nβ·(E_β[L(w)] − L(w*)), by localised Langevin chains around w*
// (Lau et al. 2023, arXiv 2308.12108); restricted to components and to sets of positions (Wang et al. 2024, arXiv
// 2410.02984).
#pragma once

#include <functional>

#include "model/transformer.h"
#include "theory/llc_diagnostics.h"
#include "theory/llc_games.h"
#include "theory/sgld.h"

namespace othello {

struct LlcSettings {
  SgldSettings sgld;
  int chains = 4;
  int draws = 200;   // of each chain, that count
  int burn_in = 50;  // before them
  std::uint64_t seed = 1;
  int workers = 0;                             // 0 = one per core
  std::vector<std::string> components{"all"};  // names of component_slices
};

/// The share of the work that is done; may throw to end it.
using LlcProgress = std::function<void(double share)>;

/// What a draw costs here, and how many an estimate takes.
struct LlcCost {
  double seconds_per_game = 0;  // one thread: forward, backward and its share of the move
  double games = 0;             // through all chains of all components
  double seconds = 0;           // on `workers`
};

/// Times three draws. The law: seconds = chains · (draws + burn-in) · (1 + 1/10 for tested moves + 1/3 for each other
/// player) · components · minibatch · seconds_per_game / workers.
LlcCost llc_cost(const Transformer& model, const LlcGames& games, const LlcSettings& settings);

/// The same of llc_sweep.
LlcCost llc_sweep_cost(const Transformer& model, const LlcGames& games, const LlcSettings& settings);

/// Rows {"component", "subset", "llc", "valid", "reason", "chains", "chain_std", "r_hat", "loss_at_start", "trace",
/// "drift", "acceptance", "acceptance_with_prior", "parameters"} for every component and subset. L is the mean
/// cross-entropy per position with a next move, in nats and fp32, against the moves played. A chain samples the
/// posterior of the loss on *all* positions of the model's player with the component's weights free and all others
/// frozen; every draw's loss is that on its minibatch minus that of w* on the same positions. The coefficient of a
/// subset is that of its loss along the same chains ("against the training distribution"), so that it costs nothing
/// but, for other players, a forward pass. The result is a function of the settings and the games, whatever the number
/// of workers.
Json llc_estimates(const Transformer& model, const LlcGames& games, const LlcSettings& settings,
                   const LlcProgress& progress = {});

inline constexpr int kMostSweepBurnIn = 400;

/// Rows {"step_size", "gamma", "n_beta", "burn_in", "llc", "valid", "reason", "drift", "acceptance"} of the first
/// component: steps from a tenth to ten times the settings' at their γ and nβ, at a quarter and four times that γ, and
/// at a third and three times that nβ, after the settings' burn-in or the cell's relaxation time, whichever is longer,
/// of which at most kMostSweepBurnIn draws are waited for. Where λ̂ stands still over ε is a plateau.
Json llc_sweep(const Transformer& model, const LlcGames& games, const LlcSettings& settings,
               const LlcProgress& progress = {});

}  // namespace othello
