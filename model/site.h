// A place in the network has a name: TransformerLens' hook names.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "model/config.h"

namespace othello {

enum class SiteKind {
  embed,                // hook_embed                        [batch, pos, d_model]
  pos_embed,            // hook_pos_embed                    [batch, pos, d_model]
  resid_pre,            // blocks.l.hook_resid_pre           [batch, pos, d_model]
  ln1_scale,            // blocks.l.ln1.hook_scale           [batch, pos, 1]
  ln1_normalized,       // blocks.l.ln1.hook_normalized      [batch, pos, d_model]
  q,                    // blocks.l.attn.hook_q              [batch, pos, head, d_head]
  k,                    // blocks.l.attn.hook_k              [batch, pos, head, d_head]
  v,                    // blocks.l.attn.hook_v              [batch, pos, head, d_head]
  attn_scores,          // blocks.l.attn.hook_attn_scores    [batch, head, query, key]
  pattern,              // blocks.l.attn.hook_pattern        [batch, head, query, key]
  z,                    // blocks.l.attn.hook_z              [batch, pos, head, d_head]
  attn_out,             // blocks.l.hook_attn_out            [batch, pos, d_model]
  resid_mid,            // blocks.l.hook_resid_mid           [batch, pos, d_model]
  ln2_scale,            // blocks.l.ln2.hook_scale           [batch, pos, 1]
  ln2_normalized,       // blocks.l.ln2.hook_normalized      [batch, pos, d_model]
  mlp_pre,              // blocks.l.mlp.hook_pre             [batch, pos, d_mlp]
  mlp_post,             // blocks.l.mlp.hook_post            [batch, pos, d_mlp]
  mlp_out,              // blocks.l.hook_mlp_out             [batch, pos, d_model]
  resid_post,           // blocks.l.hook_resid_post          [batch, pos, d_model]
  ln_final_scale,       // ln_final.hook_scale               [batch, pos, 1]
  ln_final_normalized,  // ln_final.hook_normalized       [batch, pos, d_model]
};

struct Site {
  SiteKind kind = SiteKind::embed;
  int layer = 0;  // 0 for sites outside the blocks

  friend auto operator<=>(const Site&, const Site&) = default;
};

std::string site_name(const Site& site);

/// Throws Error naming the nearest site if `name` is none of this model.
Site parse_site(std::string_view name, const ModelConfig& config);

/// Every site of a model, in the order in which a forward pass meets them.
std::vector<Site> all_sites(const ModelConfig& config);

/// The residual stream before block 0 and after every block: layers + 1 sites, index = number of blocks passed.
std::vector<Site> residual_sites(const ModelConfig& config);

}  // namespace othello
