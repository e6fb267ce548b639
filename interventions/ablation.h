// What parts of the network are worth: answers with one of them taken away.
#pragma once

#include "interventions/case_set.h"
#include "interventions/edit.h"
#include "model/checkpoint.h"

namespace othello {

struct AblationSettings {
  /// mean, zero, resample: a component's output becomes its mean at that ply, 0, or that of another case. erase: what
  /// is linearly readable of the board, or of one square, leaves the residual stream behind a block (LEACE: Belrose et
  /// al. 2023, arXiv 2306.03819); later blocks may read it anew from earlier positions. iterative-erase: the same for
  /// one square by INLP (Ravfogel et al. 2020, arXiv 2004.07667).
  std::string name = "mean";
  /// z: every head. mlp_out, attn_out, …: every block. mlp_post: every neuron of the one block of `layers`.
  SiteKind site = SiteKind::z;
  std::optional<std::pair<int, int>> layers;  // only these blocks
  std::optional<Square> square;               // of erasures: its state alone; erase without one: the whole board
  int rounds = 4;                             // of iterative-erase
  int positions = 1;                          // the last ones of a case; 0 = all
  std::int64_t fit_games = 2000;              // for means and moments
  std::uint64_t seed = 1;
  int workers = 0;                                 // 0 = one per core
  std::shared_ptr<const Player> player = nullptr;  // of those games; null = uniform
};

const std::vector<std::string>& ablation_names();

/// The fields of `intervene` for ablations, without the envelope, scored against the legal moves of the real board
/// whatever the cases change: "edits" has a row for every component with its scores
/// on all cases, its paired "difference" of errors from no edit, and as "random" the error of an edit as far (of an
/// erasure: of the same rank) in a random direction; "controls" has null. Nothing is chosen, so all cases report.
Json ablation_benchmark(const LoadedModel& loaded, const CaseSet& cases, const AblationSettings& settings,
                        const std::function<void(double share, const std::string& what)>& progress);

}  // namespace othello
