#include "interventions/edit_family.h"

#include <algorithm>

#include "interventions/coordinate_edit.h"
#include "interventions/gradient_edit.h"
#include "interventions/linear_edit.h"

namespace othello {
namespace {

BoardSize board_of(const Subject& subject) { return board_size(subject.model->config().board); }

/// Where the probe of a place comes from.
ProbeSite probe_place(const ProbeSite& place, const std::optional<int>& layer) {
  return layer ? ProbeSite{{SiteKind::resid_post, *layer}} : place;
}

class LinearFamily : public EditFamily {
 public:
  LinearFamily(const MethodSettings& settings, const Subject& subject, const std::vector<ProbeSite>& places,
               const Variant& variant, const std::optional<int>& layer)
      : relative_(settings.relative) {
    std::map<ProbeSite, Tensor> tables;
    for (const auto& place : places)
      tables[place] = direction_table(board_probe(*subject.probes, probe_place(place, layer)), board_of(subject));
    directions_ = std::make_shared<Directions>(subject.batches, tables, variant.aim, settings.seed, settings.workers);
  }
  std::shared_ptr<const Edit> edit(double scale) const override {
    return std::make_shared<LinearEdit>(directions_, Size{scale, relative_});
  }

 private:
  bool relative_;
  std::shared_ptr<const Directions> directions_;
};

class CoordinateFamily : public EditFamily {
 public:
  CoordinateFamily(const MethodSettings& settings, const Subject& subject, const std::vector<ProbeSite>& places,
                   const Variant& variant, const std::optional<int>& layer)
      : board_(board_of(subject)), aim_(variant.aim), seed_(settings.seed) {
    for (const auto& place : places) probes_[place] = &board_probe(*subject.probes, probe_place(place, layer));
  }
  std::shared_ptr<const Edit> edit(double scale) const override {
    return std::make_shared<CoordinateEdit>(probes_, board_, aim_, scale, seed_);
  }

 private:
  std::map<ProbeSite, const FittedProbe*> probes_;
  BoardSize board_;
  Aim aim_;
  std::uint64_t seed_;
};

/// Its scale is that of the step: rate × scale.
class GradientFamily : public EditFamily {
 public:
  GradientFamily(const MethodSettings& settings, const Subject& subject, const std::vector<ProbeSite>& places,
                 const Variant& variant, const std::optional<int>& layer)
      : settings_(settings), board_(board_of(subject)), aim_(variant.aim) {
    for (const auto& place : places) {
      const auto from = probe_place(place, layer);
      if (subject.hidden != nullptr) {
        auto found = subject.hidden->find(from);
        if (found == subject.hidden->end() && in_residual_space(from))
          found = subject.hidden->find({{SiteKind::resid_post, from.site.layer}});
        if (found == subject.hidden->end()) fail("there is no probe with a hidden layer at {}", site_name(from));
        readouts_[place] = found->second;
      } else {
        const auto& probe = board_probe(*subject.probes, from);
        readouts_[place] = {planes_of(probe, 0), planes_of(probe, 1)};
      }
    }
  }
  std::shared_ptr<const Edit> edit(double scale) const override {
    auto descent = settings_.descent;
    descent.rate *= scale;
    descent.relative = settings_.relative;
    return std::make_shared<GradientEdit>(readouts_, board_, aim_, descent, settings_.seed);
  }

 private:
  MethodSettings settings_;
  std::map<ProbeSite, std::array<PlaneReadout, 2>> readouts_;
  BoardSize board_;
  Aim aim_;
};

class DonorFamily : public EditFamily {
 public:
  DonorFamily(const MethodSettings& settings, const Subject& subject, const std::vector<ProbeSite>& places,
              const Variant& variant) {
    auto stored = variant.aim == Aim::changes
                      ? donor_activations(*subject.model, subject.batches, places, settings.workers)
                      : own_activations(*subject.model, subject.batches, places, settings.workers);
    // The donor of another case, as a wrong square is another one.
    if (variant.aim == Aim::wrong_square) stored = resampled(stored, subject.batches, settings.seed);
    edit_ = std::make_shared<StoredEdit>(std::make_shared<StoredActivations>(std::move(stored)));
  }
  std::shared_ptr<const Edit> edit(double) const override { return edit_; }

 private:
  std::shared_ptr<const Edit> edit_;
};

class RandomFamily : public EditFamily {
 public:
  RandomFamily(std::unique_ptr<EditFamily> family, std::uint64_t seed) : family_(std::move(family)), seed_(seed) {}
  std::shared_ptr<const Edit> edit(double scale) const override {
    return std::make_shared<RandomisedEdit>(family_->edit(scale), seed_);
  }

 private:
  std::unique_ptr<EditFamily> family_;
  std::uint64_t seed_;
};

}  // namespace

const std::vector<std::string>& method_names() {
  static const std::vector<std::string> names{"linear", "coordinate", "gradient", "donor"};
  return names;
}

std::vector<double> scales_of(const MethodSettings& settings) {
  if (!settings.scales.empty()) return settings.scales;
  if (settings.name == "linear" && settings.relative) return {0.05, 0.1, 0.2, 0.3, 0.5};
  if (settings.name == "linear") return {0.5, 1, 2, 4, 8};
  if (settings.name == "coordinate") return {0.5, 1, 2, 3, 5};
  if (settings.name == "gradient" && settings.relative) return {1, 3, 10, 30};
  return {1};
}

std::unique_ptr<EditFamily> make_family(const MethodSettings& settings, const Subject& subject,
                                        const std::vector<ProbeSite>& places, const Variant& variant) {
  if (variant.random) {
    auto plain = variant;
    plain.random = false;
    return std::make_unique<RandomFamily>(make_family(settings, subject, places, plain), settings.seed);
  }
  const auto layer = variant.probe_layer ? variant.probe_layer : settings.probe_layer;
  if (settings.name == "linear") return std::make_unique<LinearFamily>(settings, subject, places, variant, layer);
  if (settings.name == "coordinate")
    return std::make_unique<CoordinateFamily>(settings, subject, places, variant, layer);
  if (settings.name == "gradient") return std::make_unique<GradientFamily>(settings, subject, places, variant, layer);
  if (settings.name == "donor") return std::make_unique<DonorFamily>(settings, subject, places, variant);
  fail("there is no edit '{}'; the nearest is '{}'", settings.name, nearest(settings.name, method_names()));
}

}  // namespace othello
