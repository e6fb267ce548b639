// Edits of activations: objects with one interface, put at places in the network.
#pragma once

#include "interventions/case_batch.h"
#include "probes/probe_site.h"

namespace othello {

/// What flows on in place of an activation.
class Edit {
 public:
  virtual ~Edit() = default;
  /// x [rows, pos, width]: the activations of the cases of `batch` at `site`. Several threads call it at once.
  virtual Tensor apply(const Tensor& x, const ProbeSite& site, const CaseBatch& batch) const = 0;
};

/// The same kind of site in blocks first … last. head: one head of a site that has heads, −1 = all of it.
struct Placement {
  SiteKind kind = SiteKind::resid_post;
  int first = 0;
  int last = 0;
  int head = -1;

  ProbeSite site(int layer) const { return {{kind, layer}, head}; }
  /// The first block that has to be computed again.
  int first_block() const { return kind == SiteKind::resid_post ? first + 1 : first; }
};

/// The sites that can be edited: those that are one vector for every position, inside blocks.
/// Throws Error naming the nearest: "resid_post", "resid_mid", "attn_out", "mlp_out", "mlp_post", "z", …
SiteKind parse_site_kind(const std::string& name);
std::string word_of(SiteKind kind);

/// A pass over the computed positions of a batch with an edit (null = none): logits at the last one, [rows, vocabulary]
/// fp32. Blocks before the first edited one are not computed again. `trace` may record sites of the others. Throws
/// Error if an answer is not finite.
Tensor run_edited(const Transformer& model, const CaseBatch& batch, const Edit* edit, const Placement& placement,
                  Trace* trace = nullptr);

}  // namespace othello
