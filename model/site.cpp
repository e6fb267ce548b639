#include "model/site.h"

#include <array>

namespace othello {
namespace {

struct Name {
  SiteKind kind;
  const char* text;
};

constexpr std::array<Name, 2> kBefore{{{SiteKind::embed, "hook_embed"}, {SiteKind::pos_embed, "hook_pos_embed"}}};
constexpr std::array<Name, 17> kInBlock{{{SiteKind::resid_pre, "hook_resid_pre"},
                                         {SiteKind::ln1_scale, "ln1.hook_scale"},
                                         {SiteKind::ln1_normalized, "ln1.hook_normalized"},
                                         {SiteKind::q, "attn.hook_q"},
                                         {SiteKind::k, "attn.hook_k"},
                                         {SiteKind::v, "attn.hook_v"},
                                         {SiteKind::attn_scores, "attn.hook_attn_scores"},
                                         {SiteKind::pattern, "attn.hook_pattern"},
                                         {SiteKind::z, "attn.hook_z"},
                                         {SiteKind::attn_out, "hook_attn_out"},
                                         {SiteKind::resid_mid, "hook_resid_mid"},
                                         {SiteKind::ln2_scale, "ln2.hook_scale"},
                                         {SiteKind::ln2_normalized, "ln2.hook_normalized"},
                                         {SiteKind::mlp_pre, "mlp.hook_pre"},
                                         {SiteKind::mlp_post, "mlp.hook_post"},
                                         {SiteKind::mlp_out, "hook_mlp_out"},
                                         {SiteKind::resid_post, "hook_resid_post"}}};
constexpr std::array<Name, 2> kAfter{
    {{SiteKind::ln_final_scale, "ln_final.hook_scale"}, {SiteKind::ln_final_normalized, "ln_final.hook_normalized"}}};

}  // namespace

std::string site_name(const Site& site) {
  for (const auto& name : kInBlock)
    if (name.kind == site.kind) return fmt::format("blocks.{}.{}", site.layer, name.text);
  for (const auto& name : kBefore)
    if (name.kind == site.kind) return name.text;
  for (const auto& name : kAfter)
    if (name.kind == site.kind) return name.text;
  fail("a site without a name");
}

std::vector<Site> all_sites(const ModelConfig& config) {
  std::vector<Site> sites;
  for (const auto& name : kBefore) sites.push_back({name.kind, 0});
  for (int layer = 0; layer < config.layers; ++layer)
    for (const auto& name : kInBlock) sites.push_back({name.kind, layer});
  for (const auto& name : kAfter) sites.push_back({name.kind, 0});
  return sites;
}

std::vector<Site> residual_sites(const ModelConfig& config) {
  std::vector<Site> sites{{SiteKind::resid_pre, 0}};
  for (int layer = 0; layer < config.layers; ++layer) sites.push_back({SiteKind::resid_post, layer});
  return sites;
}

Site parse_site(std::string_view name, const ModelConfig& config) {
  std::vector<std::string> known;
  for (const auto& site : all_sites(config)) {
    known.push_back(site_name(site));
    if (known.back() == name) return site;
  }
  fail("this model has no site '{}'; the nearest is '{}'", name, nearest(name, known));
}

}  // namespace othello
