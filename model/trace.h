// What a forward pass shall record and edit on its way.
#pragma once

#include <functional>
#include <map>

#include "model/prefix.h"
#include "model/site.h"

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
  /// Earlier positions that the pass goes on from (not owned; null = none). Attention scores and patterns then have the
  /// keys of the prefix first.
  void go_on_from(const Prefix* prefix) { prefix_ = prefix; }
  const Prefix* prefix() const { return prefix_; }
  /// Where the pass leaves the keys and values of its own positions, by layer (not owned; null = nowhere). Those of
  /// blocks that it does not compute stay as they are.
  void collect(Prefix* collected) { collected_ = collected; }
  Prefix* collected() const { return collected_; }

  /// The value recorded by the last pass. Throws Error if there is none.
  const Tensor& value(const Site& site) const;

  bool edits() const { return !edits_.empty(); }
  bool names(const Site& site) const { return records_.count(site) != 0 || edits_.count(site) != 0; }
  /// Called by the model.
  Tensor visit(const Site& site, Tensor value);

 private:
  std::map<Site, Edit> edits_;
  std::map<Site, Tensor> records_;
  const Prefix* prefix_ = nullptr;
  Prefix* collected_ = nullptr;
};

}  // namespace othello
