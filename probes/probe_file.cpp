#include "probes/probe_file.h"

namespace othello {
namespace {

Tensor square_indices(const ModelConfig& config) {
  std::vector<std::int64_t> indices;
  for (const Square square : board_squares(board_size(config.board))) indices.push_back(square);
  return at::tensor(indices, at::kLong);
}

std::string model_identity(const LoadedModel& model) {
  return Json{{"config", to_json(model.model.config())}, {"sha256", model.sha256}}.dump();
}

}  // namespace

Tensor ProbeSet::mine_minus_yours(std::size_t site, int parity, const ModelConfig& config) const {
  const auto w = readouts[site].weights[parity].narrow(0, 0, config.d_model).view({config.d_model, -1, kStates});
  const auto difference =
      (w.select(2, static_cast<int>(SquareState::mine)) - w.select(2, static_cast<int>(SquareState::yours))).t();
  auto directions = torch::zeros({64, config.d_model}, at::kFloat);
  directions.index_copy_(0, square_indices(config), difference / difference.norm(2, {1}, true).clamp_min(1e-12));
  return directions;
}

void write_probes(const std::filesystem::path& file, const ProbeSet& probes, const LoadedModel& model) {
  const auto& config = model.model.config();
  const std::int64_t d = config.d_model, sites = static_cast<std::int64_t>(probes.readouts.size());
  auto w = torch::zeros({2, sites, d, 64, kStates}, at::kFloat), b = torch::zeros({2, sites, 64, kStates}, at::kFloat);
  const auto squares = square_indices(config);
  for (std::int64_t site = 0; site < sites; ++site)
    for (const int parity : {0, 1}) {
      const auto all = probes.readouts[static_cast<std::size_t>(site)].weights[parity].view({d + 1, -1, kStates});
      w.select(0, parity).select(0, site).index_copy_(1, squares, all.narrow(0, 0, d));
      b.select(0, parity).select(0, site).index_copy_(0, squares, all.select(0, d));
    }
  SafeTensors content;
  content.tensors = {{"ridge.W", w.view({2, sites, d, 8, 8, kStates})}, {"ridge.b", b.view({2, sites, 8, 8, kStates})}};
  content.metadata = {{"format", "othello-gpt-probes"},
                      {"frame", "mover"},
                      {"classes", "mine, yours, empty"},
                      {"model", model_identity(model)}};
  write_safetensors(file, content);
}

ProbeSet read_probes(const std::filesystem::path& file, const LoadedModel& model) {
  const auto content = read_safetensors(file);
  const auto found = content.metadata.find("model");
  if (found == content.metadata.end()) fail("{}: not a file of probes", file.string());
  if (found->second != model_identity(model))
    fail("{}: these probes were fitted to another model or checkpoint; run 'othello-gpt probe' again", file.string());
  const auto& config = model.model.config();
  const std::int64_t d = config.d_model, sites = config.layers + 1;
  const auto w = content.get("ridge.W", {2, sites, d, 8, 8, kStates}, file.string()).view({2, sites, d, 64, kStates});
  const auto b = content.get("ridge.b", {2, sites, 8, 8, kStates}, file.string()).view({2, sites, 1, 64, kStates});
  const auto whole = at::cat({w, b}, 2).index_select(3, square_indices(config));  // [2, site, d + 1, squares, 3]
  if (!whole.isfinite().all().item<bool>()) fail("{}: it holds numbers that are not finite", file.string());
  ProbeSet probes;
  for (std::int64_t site = 0; site < sites; ++site) {
    Readout readout;
    for (const int parity : {0, 1})
      readout.weights[parity] = whole.select(0, parity).select(0, site).reshape({d + 1, -1});
    probes.readouts.push_back(std::move(readout));
  }
  return probes;
}

}  // namespace othello
