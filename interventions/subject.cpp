#include "interventions/subject.h"

namespace othello {

const FittedProbe* find_board_probe(const ProbeSet& probes, const ProbeSite& site) {
  std::vector<ProbeSite> places{site};
  if (in_residual_space(site)) {
    const bool before = site.site.kind == SiteKind::resid_pre && site.site.layer > 0;
    places.push_back({{SiteKind::resid_post, site.site.layer - (before ? 1 : 0)}});
  }
  for (const auto& place : places)
    for (const char* kind : {"ridge", "logistic"})
      for (const char* mode : {"by-parity", "all"})
        if (const auto* found = probes.find(place, "mine-yours-empty", mode, kind); found && found->frame == "mover")
          return found;
  return nullptr;
}

const FittedProbe& board_probe(const ProbeSet& probes, const ProbeSite& site) {
  if (const auto* found = find_board_probe(probes, site)) return *found;
  fail(
      "there is no linear probe of mine-yours-empty (frame mover) at {}; 'othello-gpt probe' without --targets, "
      "--sites "
      "and --modes fits those that interventions need",
      site_name(site));
}

}  // namespace othello
