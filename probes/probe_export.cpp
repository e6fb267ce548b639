#include "probes/probe_export.h"

#include <algorithm>
#include <set>

#include "common/files.h"
#include "common/npy.h"

namespace fs = std::filesystem;

namespace othello {
namespace {

constexpr const char* kBoard = "mine-yours-empty";
constexpr const char* kColors = "black-white-empty";

/// Classes by name, in the order in which they shall be.
using ClassOrder = std::vector<std::string>;

/// Weights and bias of a probe in published order: [width + 1, 8 letters, 8 digits, classes].
Tensor published(const FittedProbe& probe, int parity, const ClassOrder& order, const BoardSize& board) {
  TensorList classes;
  for (const auto& name : order) {
    const int index = probe.class_index(name);
    if (index < 0) fail("{} has no class '{}'", probe.describe(), name);
    const auto& weights = probe.readout.weights[parity];
    classes.push_back(
        weights.view({weights.size(0), -1, static_cast<std::int64_t>(probe.classes.size())}).select(2, index));
  }
  const auto on_board = at::stack(classes, 2);  // [width + 1, squares, classes]
  auto whole = torch::zeros({on_board.size(0), 64, on_board.size(2)}, at::kFloat);
  whole.index_copy_(1, square_indices(board), on_board);
  return whole.view({on_board.size(0), 8, 8, on_board.size(2)}).transpose(1, 2);
}

/// The probe of a target and mode at a site, of `kind` or of the only one.
const FittedProbe* find(const ProbeSet& probes, const ProbeSite& site, const std::string& target,
                        const std::string& mode, const std::string& kind) {
  const FittedProbe* found = nullptr;
  for (const auto& probe : probes.probes) {
    if (probe.site != site || probe.target != target || probe.mode != mode) continue;
    if (!kind.empty() && probe.kind != kind) continue;
    if (found != nullptr)
      fail("there are several kinds of probes ({}) of {} at {}: {}, {}, …; choose one", mode, target, site_name(site),
           found->kind, probe.kind);
    found = &probe;
  }
  return found;
}

const FittedProbe& require(const ProbeSet& probes, const ProbeSite& site, const std::string& target,
                           const std::string& mode, const std::string& kind) {
  const auto* found = find(probes, site, target, mode, kind);
  if (found != nullptr) return *found;
  std::set<std::string> there;
  for (const auto& probe : probes.probes)
    if (probe.target == target && probe.mode == mode && (kind.empty() || probe.kind == kind))
      there.insert(site_name(probe.site));
  if (there.empty())
    fail("it holds no {}{}probe of {} in the mode '{}', which this layout needs", kind, kind.empty() ? "" : " ", target,
         mode);
  fail("it holds no {}{}probe of {} in the mode '{}' at {}; there is one at {}", kind, kind.empty() ? "" : " ", target,
       mode, site_name(site), nearest(site_name(site), {there.begin(), there.end()}));
}

void write_npy(const fs::path& file, const Tensor& tensor) {
  const auto whole = tensor.contiguous();
  FileWriter writer(file);
  writer.append(npy_header(std::span(whole.sizes().data(), whole.sizes().size()), "<f4"));
  writer.append({static_cast<const char*>(whole.data_ptr()), whole.nbytes()});
  writer.finish();
}

}  // namespace

Json export_probes_numpy(const fs::path& file, const fs::path& folder) {
  Json index = describe_probe_file(file);  // which checks it, so that no name below is a path elsewhere
  const auto content = read_safetensors(file);
  write_new_folder(folder, [&](const fs::path& to) {
    for (const auto& [name, tensor] : content.tensors) {
      auto npy = name + ".npy";
      std::replace(npy.begin(), npy.end(), '/', '.');
      write_npy(to / npy, tensor);
      index["tensors"][name] = {{"file", npy}, {"shape", tensor.sizes().vec()}};
    }
    write_file(to / "probes.json", json_text(index, 2) + "\n");
  });
  return index;
}

Json export_probes_published(const fs::path& file, PublishedLayout layout, const std::string& site_text,
                             const std::string& kind, const fs::path& out) {
  const auto content = read_probe_file(file);
  const auto& probes = content.probes;
  const auto board = board_size(content.config.board);
  const auto site = parse_probe_site(site_text, content.config);
  Json answer{{"site", site_name(site)}, {"kind", kind}};
  TensorList modes;
  try {
    if (layout == PublishedLayout::sides) {
      const auto& probe = require(probes, site, kBoard, "all", kind);
      modes = {published(probe, 0, {"empty", "yours", "mine"}, board)};
      answer.update({{"kind", probe.kind}, {"modes", {"all"}}, {"classes", {"empty", "own", "other"}}});
    } else {
      const auto& probe = require(probes, site, kBoard, "by-parity", kind);
      // Black plays after an even number of moves: white's discs are then "yours".
      modes = {published(probe, 0, {"empty", "yours", "mine"}, board),
               published(probe, 1, {"empty", "mine", "yours"}, board)};
      const auto* all = find(probes, site, kColors, "all", probe.kind);
      modes.push_back(all != nullptr ? published(*all, 0, {"empty", "white", "black"}, board)
                                     : torch::zeros_like(modes[0]));
      answer.update({{"kind", probe.kind},
                     {"modes", {"even: black to play", "odd: white to play", all != nullptr ? "all" : "none: zeros"}},
                     {"classes", {"empty", "white", "black"}}});
    }
  } catch (const Error& error) {
    fail("{}: {}", file.string(), error.what());
  }
  const auto whole = at::stack(modes);  // [modes, width + 1, 8, 8, classes]
  const auto width = whole.size(1) - 1;
  SafeTensors result;
  result.tensors["linear_probe"] = whole.narrow(1, 0, width).contiguous();
  result.tensors["linear_probe_bias"] = whole.select(1, width).contiguous();
  answer["shape"] = result.tensors["linear_probe"].sizes().vec();
  for (const auto& [key, value] : answer.items())
    result.metadata[key] = value.is_string() ? value.get<std::string>() : value.dump();
  result.metadata["sha256"] = content.sha256;
  write_safetensors(out, result);
  return answer;
}

}  // namespace othello
