// Activation patching: which place in the network carries what tells two games apart?
#pragma once

#include <functional>

#include "data/labels.h"
#include "data/vocabulary.h"
#include "model/transformer.h"

namespace othello {

/// Two games of equally many moves. What the model says after the last one is summed up in the Othello logit
/// difference M = mean logit of the moves that are legal in the clean game alone − mean logit of those that are legal
/// in the corrupted game alone.
struct PatchPair {
  Game clean, corrupt;
  PlyFacts clean_after, corrupt_after;  // after the last move
  int first_difference = 0;             // the first position at which the games differ, counted from 0

  int positions() const { return clean.length; }
  Bits clean_only() const { return clean_after.legal & ~corrupt_after.legal; }
  Bits corrupt_only() const { return corrupt_after.legal & ~clean_after.legal; }
};

/// Throws Error if a game has no moves, is illegal or over, if they are of different length, or if M is undefined: one
/// position has no legal move that the other lacks.
PatchPair patch_pair(const BoardSize& board, const Game& clean, const Game& corrupt);

/// M as a weight for each token's logit: [vocabulary] fp64.
Tensor logit_contrast(const PatchPair& pair, const Vocabulary& vocabulary);

/// A game as the model takes it: [1, pos] int64.
Tensor game_tokens(const Game& game, const Vocabulary& vocabulary);

/// What is patched: the residual stream before a block, what attention or the MLP adds to it, or what one head reads.
enum class PatchComponent { resid_pre, attn_out, mlp_out, head };
inline constexpr PatchComponent kPatchComponents[] = {PatchComponent::resid_pre, PatchComponent::attn_out,
                                                      PatchComponent::mlp_out, PatchComponent::head};

/// "resid_pre", "attn_out", "mlp_out", "head"
const char* word_of(PatchComponent component);
/// Where the component lies; all heads of a block share hook_z.
Site site_of(PatchComponent component, int layer);

/// Values of a game at the sites of all components: [1, pos, d_model], z [1, pos, head, d_head].
using SiteValues = std::map<Site, Tensor>;

/// What the model computes on tokens [1, pos]: the values, and the logits at the last position, [vocabulary].
struct RecordedGame {
  SiteValues values;
  Tensor logits;
};
RecordedGame record_components(const Transformer& model, const Tensor& tokens);

struct Patch {
  PatchComponent component = PatchComponent::resid_pre;
  int layer = 0;
  int position = 0;
  int head = 0;  // of PatchComponent::head
};

/// The model on copies of tokens [1, pos], one for each list of patches, with `values` put where the list says. Gives
/// the logits at the last position: [rows, vocabulary].
Tensor patched_logits(const Transformer& model, const Tensor& tokens, const SiteValues& values,
                      const std::vector<std::vector<Patch>>& rows);

/// The effect of patching one component of one block (of one head, for heads) at every position.
struct PatchRow {
  PatchComponent component = PatchComponent::resid_pre;
  int layer = 0;
  int head = -1;               // −1 for all but heads
  std::vector<double> effect;  // [pos] M of the patched corrupted game − M of the corrupted game, in logits
  /// [pos] False where patching changes nothing by construction and the effect is 0: the games are the same up to
  /// there, or nothing that leads to the answer reads the place.
  std::vector<bool> reaches;
};

/// A row for every component, layer and head, with effects of 0.
std::vector<PatchRow> empty_grid(const ModelConfig& config, const PatchPair& pair);

/// Exact patching (Zhang & Nanda 2024, arXiv 2309.16042, denoising): the model runs on the corrupted game with the
/// clean game's value at one place. Divide an effect by M(clean) − M(corrupt) for the normalised recovery.
std::vector<PatchRow> exact_patching(const Transformer& model, const PatchPair& pair, const SiteValues& clean,
                                     int workers, const std::function<void(double)>& progress);

}  // namespace othello
