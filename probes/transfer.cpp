#include "probes/transfer.h"

#include "probes/ridge_sweep.h"

namespace othello {
namespace {

/// The same inputs on the games of one player.
struct Side {
  Side(const Reading& of, const std::string& player, const Transformer& model, const ProbeSite& site)
      : reading(of), name(player), stream(of.stream()) {
    std::vector<SweepInput> inputs;
    inputs.push_back({std::make_unique<ActivationInput>(site_name(site), stream.add(model, site.site, site.head),
                                                        site_width(site, model.config()), of.bias),
                      {0},
                      false});
    for (const auto kind : {MoveInput::Kind::one_hot, MoveInput::Kind::majority})
      inputs.push_back({std::make_unique<MoveInput>(kind, of.vocabulary), {0}, false});
    sweep = std::make_unique<RidgeSweep>(stream, std::move(inputs), std::vector<Mode>{of.mode});
  }

  const Reading& reading;
  std::string name;
  ActivationStream stream;
  std::unique_ptr<RidgeSweep> sweep;
};

}  // namespace

Json transfer(const Reading& here, const std::string& name_here, const Reading& there, const std::string& name_there,
              const Transformer& model, const ProbeSite& site, const SweepProgress& progress) {
  Side sides[] = {{here, name_here, model, site}, {there, name_there, model, site}};
  Json rows = Json::array();
  for (auto& fitted : sides) {
    Unfinished nothing;
    fitted.sweep->fit(fitted.reading.split, nothing, [&](double share, const std::string&) {
      progress((static_cast<double>(rows.size()) / 3 + share) / 4, "fitting games of " + fitted.name);
    });
    for (const auto& read : sides) {
      fitted.sweep->report(read.stream, read.reading.split.report, [&](double, const std::string&) {
        progress((static_cast<double>(rows.size()) / 3 + 1) / 5, "reading games of " + read.name);
      });
      for (const auto& probe : fitted.sweep->probes()) {
        const Json score = probe.score->to_json();
        rows.push_back({{"name", fitted.sweep->inputs()[probe.input].input->name()},
                        {"fitted_on", fitted.name},
                        {"read_on", read.name},
                        {"fit_games", fitted.reading.split.fit.count}});
        for (const char* key : {"accuracy", "colour_on_occupied", "by_flips"})
          if (score.contains(key)) rows.back()[key] = score[key];
      }
    }
  }
  return rows;
}

}  // namespace othello
