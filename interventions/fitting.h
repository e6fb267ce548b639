// What edits need that has to be fitted to games first.
#pragma once

#include <map>

#include "interventions/readout_gradient.h"
#include "model/transformer.h"
#include "probes/normal_equations.h"
#include "probes/probe_games.h"
#include "probes/probe_set.h"

namespace othello {

using FittingProgress = std::function<void(double share)>;

/// Ridge probes of mine / yours / empty by parity at `places`, as 'probe' fits them: for models that have no file of
/// probes. A sixth of the games chooses the ridge.
ProbeSet fit_board_probes(const Transformer& model, const ProbeGames& games, const std::vector<ProbeSite>& places,
                          int workers, const FittingProgress& progress);

/// Probes with a hidden layer of `width`, for even and odd plies, at `places`. As many of the games are used as have
/// activations of 600 MB; a tenth tells when to stop.
std::map<ProbeSite, std::array<PlaneReadout, 2>> fit_hidden_probes(const Transformer& model, const ProbeGames& games,
                                                                   const std::vector<ProbeSite>& places,
                                                                   std::int64_t width, int workers,
                                                                   const FittingProgress& progress);

/// Mean activations by ply: [context, width] at each place; of plies without a position, that of all.
std::map<ProbeSite, Tensor> mean_activations(const Transformer& model, const ProbeGames& games,
                                             const std::vector<ProbeSite>& places, int workers,
                                             const FittingProgress& progress);

/// The sums that erasure needs, of activations with one intercept against mine / yours / empty of every square, over
/// all plies.
std::map<ProbeSite, NormalEquations> board_sums(const Transformer& model, const ProbeGames& games,
                                                const std::vector<ProbeSite>& places, int workers,
                                                const FittingProgress& progress);

}  // namespace othello
