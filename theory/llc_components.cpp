#include "theory/llc_components.h"

#include <algorithm>

namespace othello {
namespace {

std::vector<std::string> names_of_each(const std::string& part, const ModelConfig& config) {
  std::vector<std::string> names;
  for (int layer = 0; layer < config.layers; ++layer) {
    const auto block = fmt::format("blocks.{}", layer);
    if (part == "block") names.push_back(block);
    else if (part != "head") names.push_back(block + "." + part);
    else
      for (int head = 0; head < config.heads; ++head) names.push_back(fmt::format("{}.head.{}", block, head));
  }
  return names;
}

constexpr const char* kParts[] = {"block", "attn", "mlp", "head"};

std::vector<std::string> all_names(const ModelConfig& config) {
  std::vector<std::string> names{"all", "embed", "unembed"};
  for (const char* part : kParts)
    for (auto& name : names_of_each(part, config)) names.push_back(std::move(name));
  return names;
}

/// "blocks.2.attn" has all weights of that beginning, "embed" also the positions.
bool belongs(const std::string& weight, const std::string& component) {
  return component == "all" || weight.starts_with(component + ".") ||
         (component == "embed" && weight.starts_with("pos_embed."));
}

/// The slices of head `head` of a block in one of its weights.
void add_head(std::vector<WeightSlice>& slices, std::size_t weight, const std::string& name, int head,
              const ModelConfig& config) {
  const std::int64_t d = config.d_model, width = config.d_head(), begin = head * width;
  if (name.ends_with(".attn.W_O")) slices.push_back({weight, 0, begin, begin + width});
  const bool matrix = name.ends_with(".attn.W_QKV");
  if (!matrix && !name.ends_with(".attn.b_QKV")) return;
  for (std::int64_t part = 0; part < 3; ++part)  // queries, keys, values
    slices.push_back({weight, matrix ? 1 : 0, part * d + begin, part * d + begin + width});
}

}  // namespace

std::vector<WeightSlice> component_slices(const std::string& component, const ModelConfig& config) {
  const auto known = all_names(config);
  if (std::find(known.begin(), known.end(), component) == known.end())
    fail("this model has no component '{}'; did you mean '{}'?", component, nearest(component, known));
  const auto place = component.find(".head.");
  const bool is_head = place != std::string::npos;
  const auto block = component.substr(0, place);  // of a head
  const auto shapes = Parameters::shapes(config);
  std::vector<WeightSlice> slices;
  std::size_t index = 0;
  Parameters::visit(shapes, [&](const std::string& name, const Tensor& tensor, Role) {
    if (is_head && name.starts_with(block + "."))
      add_head(slices, index, name, std::stoi(component.substr(place + 6)), config);
    if (!is_head && belongs(name, component)) slices.push_back({index, 0, 0, tensor.size(0)});
    ++index;
  });
  return slices;
}

std::vector<std::string> component_names(const std::vector<std::string>& wanted, const ModelConfig& config) {
  auto known = all_names(config);
  for (const char* part : kParts) known.push_back(fmt::format("each-{}", part));
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  for (const auto& name : wanted) {
    if (std::find(known.begin(), known.end(), name) == known.end())
      fail("this model has no component '{}'; did you mean '{}'?", name, nearest(name, known));
    if (!name.starts_with("each-")) add(name);
    else
      for (const auto& each : names_of_each(name.substr(5), config)) add(each);
  }
  return names;
}

}  // namespace othello
