#include "interventions/edit.h"

#include <algorithm>

namespace othello {
namespace {

struct Word {
  SiteKind kind;
  const char* text;
};

constexpr Word kWords[] = {{SiteKind::resid_pre, "resid_pre"},
                           {SiteKind::resid_mid, "resid_mid"},
                           {SiteKind::resid_post, "resid_post"},
                           {SiteKind::attn_out, "attn_out"},
                           {SiteKind::mlp_out, "mlp_out"},
                           {SiteKind::mlp_post, "mlp_post"},
                           {SiteKind::z, "z"}};

/// x as [rows, pos, width]: of one head, or with all heads side by side.
Tensor flat(const Tensor& x, int head) {
  if (x.dim() == 3) return x;
  return head < 0 ? x.flatten(2) : x.select(2, head);
}

/// `edited` put back where `flat` took it from.
Tensor unflat(const Tensor& x, int head, const Tensor& edited) {
  if (x.dim() == 3) return edited;
  if (head < 0) return edited.reshape(x.sizes());
  auto heads = x.unbind(2);
  heads[static_cast<std::size_t>(head)] = edited;
  return at::stack(heads, 2);
}

}  // namespace

SiteKind parse_site_kind(const std::string& name) {
  std::vector<std::string> known;
  for (const auto& word : kWords) {
    if (name == word.text) return word.kind;
    known.emplace_back(word.text);
  }
  fail("no edit is put at '{}'; the nearest is '{}'", name, nearest(name, known));
}

std::string word_of(SiteKind kind) {
  for (const auto& word : kWords)
    if (kind == word.kind) return word.text;
  fail("no edit is put there");
}

Tensor run_edited(const Transformer& model, const CaseBatch& batch, const Edit* edit, const Placement& placement,
                  Trace* trace) {
  if (edit == nullptr && trace == nullptr) return batch.unedited;
  Trace own;
  Trace& at = trace != nullptr ? *trace : own;
  int first = 0;
  if (edit != nullptr) {
    for (int layer = placement.first; layer <= placement.last; ++layer) {
      const auto site = placement.site(layer);
      at.edit(site.site, [&batch, edit, site](const Tensor& x) {
        return unflat(x, site.head, edit->apply(flat(x, site.head), site, batch));
      });
    }
    first = placement.first_block();
  }
  at.go_on_from(&batch.prefix);
  const auto logits = model.forward_from(first, batch.entering[static_cast<std::size_t>(first)], &at);
  const auto last = logits.select(1, -1).to(at::kFloat).contiguous();
  if (!last.isfinite().all().item<bool>())
    fail("the edit of blocks {} to {} makes answers that are not finite: give smaller scales", placement.first,
         placement.last);
  return last;
}

}  // namespace othello
