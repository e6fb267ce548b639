#include "interventions/presets.h"

#include <cmath>

namespace othello {
namespace {

/// A block of the paper's 8 in a model of another depth.
int scaled(int block, const ModelConfig& config) {
  return static_cast<int>(std::lround(static_cast<double>(block) * (config.layers - 1) / 7));
}

Preset li2023(const ModelConfig& config) {
  Preset p;
  p.paper = "Li et al. 2023, arXiv 2210.13382, section 4 and table 3";
  p.settings.method.name = "gradient";
  p.settings.method.descent = {.steps = 1000, .rate = 1e-3};
  p.settings.method.scales = {1};
  p.settings.method.relative = false;
  p.settings.hidden = 128;
  p.settings.layers = std::pair{scaled(4, config), config.layers - 1};
  p.published_error = 0.12, p.published_null = 2.68;
  p.note =
      "The hidden layer has 128 units instead of 512, and is fitted to random games in the mover's frame, without "
      "dropout and on other games than those it is stopped by. The rate is the paper's, absolute; activations of "
      "another "
      "model have another size, so --scales is worth a sweep.";
  return p;
}

Preset nanda2023(const ModelConfig& config, Change change) {
  Preset p;
  const bool flip = change == Change::flip;
  p.paper = "Nanda et al. 2023, arXiv 2309.00941, table 2 and released code";
  p.cases.change = change;
  p.settings.site = SiteKind::attn_out;
  p.settings.method.relative = false;
  p.settings.method.scales = {flip ? 2.3 : 1.3};
  p.settings.method.probe_layer = scaled(5, config);
  p.settings.layers = std::pair{scaled(flip ? 2 : 0, config), config.layers - 1};
  p.published_error = flip ? 0.10 : 0.02, p.published_null = flip ? 2.723 : 2.73;
  p.note =
      "The length is the paper's, absolute; activations of another model have another length, so --scales is worth a "
      "sweep. The probe is ridge regression in the mover's frame.";
  return p;
}

}  // namespace

const std::vector<std::string>& preset_names() {
  static const std::vector<std::string> names{"li2023", "nanda2023-flip", "nanda2023-erase"};
  return names;
}

Preset preset(const std::string& name, const ModelConfig& config) {
  Preset found;
  if (name == "li2023") found = li2023(config);
  else if (name == "nanda2023-flip") found = nanda2023(config, Change::flip);
  else if (name == "nanda2023-erase") found = nanda2023(config, Change::erase);
  else fail("there is no preset '{}'; the nearest is '{}'", name, nearest(name, preset_names()));
  found.name = name;
  return found;
}

}  // namespace othello
