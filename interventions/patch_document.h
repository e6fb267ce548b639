// What `patch` finds about two games.
#pragma once

#include <functional>
#include <optional>

#include "engine/game.h"
#include "interventions/saliency.h"
#include "probes/probe_file.h"

namespace othello {

struct PatchSettings {
  Game clean, corrupt;              // equally many moves
  std::optional<Square> move = {};  // whose logit and saliency; none = the most probable legal one of the clean game
  int first_layer = 0, last_layer = 0;      // of the saliency's edit
  double scale = SaliencySettings{}.scale;  // in units of the residual stream's norm
  std::uint64_t seed = 1;                   // of its random directions
  int workers = 0;                          // 0 = one per core
};

/// The fields of `patch`, without the envelope: exact recovery and its approximation for every component, block, head
/// and position, the error of the approximation, the parts of a move's logit and, with probes, its latent saliency.
/// Recoveries are null where M(clean) and M(corrupt) are the same. Throws Error for games that cannot be compared and
/// for a move without a token.
Json patch_document(const LoadedModel& loaded, const ProbeSet* probes, const PatchSettings& settings,
                    const std::function<void(double)>& progress);

}  // namespace othello
