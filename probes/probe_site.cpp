#include "probes/probe_site.h"

#include <algorithm>
#include <charconv>
#include <set>

namespace othello {
namespace {

bool has_heads(SiteKind kind) {
  return kind == SiteKind::q || kind == SiteKind::k || kind == SiteKind::v || kind == SiteKind::z;
}

/// The number at the end of "NAME.N" as it is written canonically; −1 if there is none.
int number_after(std::string_view digits) {
  int number = -1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool whole = error == std::errc{} && end == digits.data() + digits.size();
  return whole && std::to_string(number) == digits ? number : -1;
}

}  // namespace

std::string site_name(const ProbeSite& site) {
  const auto name = site_name(site.site);
  return site.head < 0 ? name : name + "." + std::to_string(site.head);
}

ProbeSite parse_probe_site(std::string_view name, const ModelConfig& config) {
  const auto dot = name.rfind('.');
  const int head = dot == std::string_view::npos ? -1 : number_after(name.substr(dot + 1));
  if (head >= 0) {
    for (const auto& site : all_sites(config)) {
      if (!has_heads(site.kind) || site_name(site) != name.substr(0, dot)) continue;
      if (head >= config.heads)
        fail("'{}': the heads of this model are 0 to {}; the nearest site is '{}'", name, config.heads - 1,
             site_name(ProbeSite{site, config.heads - 1}));
      return {site, head};
    }
  }
  const auto site = parse_site(name, config);
  if (site.kind == SiteKind::attn_scores || site.kind == SiteKind::pattern)
    fail("'{}' has no vector for every position that a probe could read; the heads' outputs are at '{}'", name,
         site_name(Site{SiteKind::z, site.layer}));
  return {site, -1};
}

std::int64_t site_width(const ProbeSite& site, const ModelConfig& config) {
  switch (site.site.kind) {
    case SiteKind::q:
    case SiteKind::k:
    case SiteKind::v:
    case SiteKind::z: return site.head < 0 ? config.d_model : config.d_head();
    case SiteKind::mlp_pre:
    case SiteKind::mlp_post: return config.d_mlp;
    case SiteKind::ln1_scale:
    case SiteKind::ln2_scale:
    case SiteKind::ln_final_scale: return 1;
    case SiteKind::attn_scores:
    case SiteKind::pattern: fail("{} has no vector for every position", site_name(site));
    default: return config.d_model;
  }
}

bool in_residual_space(const ProbeSite& site) {
  switch (site.site.kind) {
    case SiteKind::embed:
    case SiteKind::pos_embed:
    case SiteKind::resid_pre:
    case SiteKind::ln1_normalized:
    case SiteKind::attn_out:
    case SiteKind::resid_mid:
    case SiteKind::ln2_normalized:
    case SiteKind::mlp_out:
    case SiteKind::resid_post:
    case SiteKind::ln_final_normalized: return true;
    default: return false;
  }
}

const std::vector<std::string>& site_groups() {
  static const std::vector<std::string> kGroups{"resid", "mid", "attn", "mlp", "heads", "hidden", "all"};
  return kGroups;
}

std::vector<ProbeSite> probe_sites(const std::vector<std::string>& names, const ModelConfig& config) {
  std::set<ProbeSite> chosen;
  const auto every_block = [&](SiteKind kind) {
    for (int layer = 0; layer < config.layers; ++layer) chosen.insert({{kind, layer}});
  };
  const auto is_group = [](const std::string& name) {
    return std::find(site_groups().begin(), site_groups().end(), name) != site_groups().end();
  };
  auto known = site_groups();
  for (const auto& site : all_sites(config)) known.push_back(site_name(site));
  for (const auto& name : names) {
    const bool all = name == "all";
    if (!is_group(name)) {
      if (const auto close = nearest(name, known); is_group(close))
        fail("this model has no site '{}'; the nearest is the group '{}'", name, close);
      chosen.insert(parse_probe_site(name, config));
      continue;
    }
    if (all || name == "resid")
      for (const auto& site : residual_sites(config)) chosen.insert({site});
    if (all || name == "mid") every_block(SiteKind::resid_mid);
    if (all || name == "attn") every_block(SiteKind::attn_out);
    if (all || name == "mlp") every_block(SiteKind::mlp_out);
    if (all || name == "hidden") every_block(SiteKind::mlp_post);
    if (all || name == "heads")
      for (int layer = 0; layer < config.layers; ++layer)
        for (int head = 0; head < config.heads; ++head) chosen.insert({{SiteKind::z, layer}, head});
  }
  std::vector<ProbeSite> ordered;
  for (const auto& site : all_sites(config))
    for (const auto& wanted : chosen)
      if (wanted.site == site) ordered.push_back(wanted);
  return ordered;
}

}  // namespace othello
