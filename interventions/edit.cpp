#include "interventions/edit.h"

namespace othello {

void add_edit(Trace& trace, const LinearEdit& edit, const EditTargets& targets) {
  for (int layer = edit.first_layer; layer <= edit.last_layer; ++layer) {
    const auto& direction = targets.directions[static_cast<std::size_t>(layer)];  // [batch, d_model]
    trace.edit({SiteKind::resid_post, layer}, [&targets, direction, scale = edit.scale](const Tensor& value) {
      const auto rows = torch::arange(value.size(0), at::kLong);
      const auto last = value.index({rows, targets.positions});  // [batch, d_model]
      const auto edited = last + scale * last.norm(2, {-1}, true) * direction;
      return value.index_put({rows, targets.positions}, edited);
    });
  }
}

}  // namespace othello
