// What a forward pass shall record and edit on its way.
#pragma once

#include <functional>
#include <map>

#include "model/site.h"
#include "model/torch.h"

namespace othello {

/// Handed to Transformer::forward. Sites are visited in the order of all_sites; an edit takes the value that arrives
/// and returns the value that flows on (same shape), and a record keeps what flows on. Recorded values stay in the
/// autograd graph, so `gradients(loss, {trace.value(site)})` gives the gradient at a site. One trace serves one
/// thread; its records are those of the last pass.
class Trace {
 public:
  using Edit = std::function<Tensor(const Tensor&)>;

  void record(const Site& site) { records_[site] = Tensor(); }
  void edit(const Site& site, Edit edit) { edits_[site] = std::move(edit); }

  /// The value recorded by the last pass. Throws Error if there is none.
  const Tensor& value(const Site& site) const;

  bool names(const Site& site) const { return records_.count(site) != 0 || edits_.count(site) != 0; }
  /// Called by the model.
  Tensor visit(const Site& site, Tensor value);

 private:
  std::map<Site, Edit> edits_;
  std::map<Site, Tensor> records_;
};

}  // namespace othello
