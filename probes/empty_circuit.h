// The circuit from the embedding to "empty": what block 0's attention writes for a move, beside the direction in which
// a probe reads that the move's square is empty (Nanda et al. 2023, arXiv 2309.00941, section "Empty circuit").
#pragma once

#include "probes/lens.h"

namespace othello {

/// Where what the first block's attention has written can be read.
inline constexpr Site kEmptyCircuitSite{SiteKind::resid_mid, 0};

/// What every head of block 0 writes when it attends to a move: e·W_V·W_O, [heads, moves, d_model] in the order of
/// tokens 1, 2, …. e is the token's embedding alone as layer norm 1 makes it of that: centred, over its deviation,
/// times the gain. An approximation: what is the same for all tokens (the norm's offset, the biases) is left out, and
/// so is the embedding of the position, which the norm sees as well. How strongly a head attends scales what it writes;
/// the sum over heads takes all alike.
Tensor value_writes(const Transformer& model);

/// Of every move's square the direction of "empty" against the mean of "mine" and "yours", the mean of the readouts for
/// even and odd plies: [moves, d_model] in the order of tokens.
Tensor empty_directions(const FittedProbe& probe, const Vocabulary& vocabulary);

/// Of every move's square how the mean activation at kEmptyCircuitSite differs where the square is empty from where it
/// is not, at positions with a next move of the same ply, and the mean of that over plies, weighted as two sample means
/// are, by n_empty·n_taken / (n_empty + n_taken): [moves, d_model] fp64, 0 where a square is never or always empty. A
/// ridge probe's direction turns away from it the more, the more games fit it (it divides by the covariance of the
/// activations; Haufe et al. 2014, eq. 6), so cosines with either say how far a probe's direction is what the network
/// writes.
Tensor empty_mean_differences(const Transformer& model, const LensGames& games);

/// {"site", "cosine": E of the sum over heads with the direction of the same square, mean over squares, "squares":
///  [{"square", "cosine"}], "heads": [{"head", "cosine": E}], "controls": [{"name", "cosine": E}]}, E by bootstrap over
/// squares. A square without a direction (its label never varies) has the cosine null and is left out of means.
/// Controls:
///   other-squares     with the directions of the other squares
///   random-direction  with directions drawn at random: mean of 500 draws of the mean over squares (n = 500), and
///                     between which values 95 % of the draws lie
///   untrained         of the untrained model's circuit, with the same directions. It is no zero if that is what the
///                     training began with: a part of the first weights is still there
/// `probe` is that of kEmptyCircuitSite.
Json circuit_cosines(const Transformer& model, const Transformer& untrained, const FittedProbe& probe);

/// [{"site", "accuracy": E, "majority": E}] for resid_pre and resid_mid of block 0, if there is a probe
/// (find_mover_probe): the share of all squares of the board that are rightly read as empty or not, over positions with
/// a next move, E over games. majority: what is more frequent on that square at that ply in the `count` games after
/// those.
Json empty_accuracy(const Transformer& model, const ProbeSet& probes, const LensGames& games);

/// circuit_cosines with "empty_accuracy", and "mean_difference": {"cosine", "other_squares"}, the same cosines with
/// empty_mean_differences for directions; null if there is no probe at kEmptyCircuitSite.
Json empty_circuit(const Transformer& model, const Transformer& untrained, const ProbeSet& probes,
                   const LensGames& games);

}  // namespace othello
