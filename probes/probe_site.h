// Places that probes read: one vector for every position.
#pragma once

#include <string>
#include <vector>

#include "model/site.h"

namespace othello {

/// A site, or one head of a site that has heads (q, k, v, z).
struct ProbeSite {
  Site site;
  int head = -1;  // −1: the whole site; for one with heads, all of them side by side

  friend auto operator<=>(const ProbeSite&, const ProbeSite&) = default;
};

/// "blocks.3.hook_resid_post"; "blocks.3.attn.hook_z" for all heads, "blocks.3.attn.hook_z.5" for one.
std::string site_name(const ProbeSite& site);

/// Throws Error naming the nearest if this model has no such place, or if the place (attention scores and patterns) is
/// not one vector for every position.
ProbeSite parse_probe_site(std::string_view name, const ModelConfig& config);

/// Numbers at that place: d_model (also for all heads side by side), d_head, d_mlp, or 1 for the scale of a norm.
std::int64_t site_width(const ProbeSite& site, const ModelConfig& config);

/// Its coordinates are those of the residual stream, so that directions at two such places can be compared: the stream
/// itself, what is added to it, and the stream normalised.
bool in_residual_space(const ProbeSite& site);

/// "resid": before block 0 and after every block; "mid", "attn", "mlp": the same in the middle of blocks, and what
/// attention and MLPs write; "heads": every head's z; "hidden": MLP activations; "all".
const std::vector<std::string>& site_groups();
/// Names and groups → places, each once, in the order of a forward pass. Throws Error naming the nearest.
std::vector<ProbeSite> probe_sites(const std::vector<std::string>& names, const ModelConfig& config);

}  // namespace othello
