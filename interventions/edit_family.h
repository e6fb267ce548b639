// Edits of one kind and every size, for one model: what a sweep chooses among.
#pragma once

#include <memory>

#include "interventions/aim.h"
#include "interventions/replacement.h"
#include "interventions/subject.h"

namespace othello {

struct MethodSettings {
  std::string name = "linear";     // one of method_names()
  std::vector<double> scales;      // empty: those of the method
  bool relative = true;            // linear, gradient: in units of the activation's size, else absolute
  std::optional<int> probe_layer;  // the probe after that block everywhere; nothing: that of each place
  DescentSettings descent{.steps = 100, .rate = 1e-3};
  std::uint64_t seed = 1;
  int workers = 1;
};

/// linear: along directions (LinearEdit). coordinate: the scores of squares exchanged (CoordinateEdit). gradient:
/// descent through a probe (GradientEdit). donor: the activation of another game (StoredEdit).
const std::vector<std::string>& method_names();

/// How an edit differs from the one that is claimed to work: what makes controls.
struct Variant {
  Aim aim = Aim::changes;
  std::optional<int> probe_layer;  // instead of that of the settings
  bool random = false;             // as far, in a random direction
};

class EditFamily {
 public:
  virtual ~EditFamily() = default;
  /// One size of the edit; sizes are those of scales(). The family must outlive it.
  virtual std::shared_ptr<const Edit> edit(double scale) const = 0;
};

/// Scales of the method that are tried.
std::vector<double> scales_of(const MethodSettings& settings);

/// Edits at `places` of the cases of a subject, which outlives the family. Throws Error for unknown methods, or if the
/// subject lacks the probes or the donors.
std::unique_ptr<EditFamily> make_family(const MethodSettings& settings, const Subject& subject,
                                        const std::vector<ProbeSite>& places, const Variant& variant);

}  // namespace othello
