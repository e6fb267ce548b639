// How the directions that probes found relate: across layers, squares, plies, probes and models.
//
// Every cosine stands beside what chance gives: of unit vectors drawn at random in d dimensions, the cosine has mean 0,
// deviation 1/√d and mean size Γ(d/2) / (√π·Γ((d+1)/2)). Cosines depend on the basis in which a site is written; two
// models trained from different seeds share none, so between models the squares' matrices of cosines are correlated
// instead (representational similarity: Kriegeskorte et al. 2008), which no rotation changes.
#pragma once

#include <optional>

#include "probes/probe_file.h"

namespace othello {

/// Of the probes of a target with a label per square, in one mode and of one kind:
///   {"target", "mode", "kind", "frame", "site", "contrasts": [{"contrast", "across_plies", "sets": [{"plies",
///    "across_sites", "across_squares", "to_unembedding"}]}]}
/// for the contrasts of the first two classes and, if there is a class "empty", of it against the mean of the others,
/// and for every set of weights ("even", "odd", "all"):
///   across_sites    of the sites in the space of the residual stream, [site][site]: the mean over squares of the
///                   cosine between the directions of the same square, and its deviation
///   across_squares  by site: mean cosine and mean |cosine| between different squares; at `site` also all of them,
///                   [64][64]
///   to_unembedding  by site of that space: mean over the playable squares of the cosine with the square's column of
///                   W_U, with the last norm's gain multiplied in and centred, as that norm sees it; at `site` by
///                   square
///   across_plies    by site, if the mode has weights for both parities: mean cosine of even with odd plies
/// A square whose weights are less than 10⁻⁴ of the board's longest has no direction (its label never varies): null,
/// and left out of means. `site` is the last of the probes' unless given. Throws Error if there is no such probe.
Json similarity(const ProbeSet& probes, const LoadedModel& model, const std::string& target, const std::string& mode,
                const std::string& kind, const std::optional<ProbeSite>& site = {});

/// The same probes fitted twice: to other games of one model, or to two models of one shape (other training seeds).
///   {"target", "mode", "kind", "contrasts": [{"contrast", "sets": [{"plies", "sites": [{"site", "cosine", "rsa"}]}]}]}
/// cosine: mean over squares of that between the directions of the same square. rsa: correlation of the squares'
/// matrices of cosines, with the mean, deviation and largest of 200 in which one model's squares change places.
/// Throws Error if they have no such probe in common.
Json compare_probes(const ProbeSet& a, const ProbeSet& b, const BoardSize& board, const std::string& target,
                    const std::string& mode, const std::string& kind);

}  // namespace othello
