#include "model/trace.h"

namespace othello {

const Tensor& Trace::value(const Site& site) const {
  const auto found = records_.find(site);
  if (found == records_.end() || !found->second.defined()) fail("site '{}' was not recorded", site_name(site));
  return found->second;
}

Tensor Trace::visit(const Site& site, Tensor value) {
  if (const auto edit = edits_.find(site); edit != edits_.end()) {
    Tensor edited = edit->second(value);
    if (edited.sizes() != value.sizes()) fail("an edit at '{}' changed the shape of the value", site_name(site));
    value = std::move(edited);
  }
  if (const auto record = records_.find(site); record != records_.end()) record->second = value;
  return value;
}

}  // namespace othello
