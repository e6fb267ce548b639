#include "probes/probe_file.h"

#include <unistd.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "common/files.h"

namespace othello {
namespace {

constexpr const char* kFormat = "othello-gpt/probes/1";
constexpr std::string_view kAnyFormat = "othello-gpt/probes/";

/// Probes whose weights lie in the same tensors.
struct Group {
  std::string target, mode, kind, frame;
  std::vector<std::string> classes;
  bool per_square = true;  // else one label per position
  std::int64_t width = 0;
  std::vector<ProbeSite> sites;

  std::int64_t side() const { return per_square ? 8 : 1; }
  std::int64_t class_count() const { return static_cast<std::int64_t>(classes.size()); }
  std::int64_t site_count() const { return static_cast<std::int64_t>(sites.size()); }
};

/// What the columns of a readout stand for among the 64 squares (or the one position) of the file.
Tensor cells(const Group& group, const BoardSize& board) {
  return group.per_square ? square_indices(board) : torch::zeros({1}, at::kLong);
}

std::string prefix(std::int64_t width, const ModelConfig& config) {
  return width == config.d_model ? "" : fmt::format("width{}/", width);
}

/// "mine-yours-empty/by-parity.even/ridge/" of the set of weights that is for these parities.
std::string tensor_prefix(const Group& group, const std::vector<int>& parities, const ModelConfig& config) {
  const bool part = group.mode == word_of(Mode::by_parity);
  return fmt::format("{}{}/{}{}/{}/", prefix(group.width, config), group.target, group.mode,
                     !part              ? ""
                     : parities[0] == 0 ? ".even"
                                        : ".odd",
                     group.kind);
}

/// Names are parts of tensor names and, when exported, of file names.
void check_word(const std::string& word, const char* what, const std::string& source) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '+';
  };
  if (word.empty() || word.size() > 100 || !std::all_of(word.begin(), word.end(), allowed))
    fail("{}: '{}' cannot be the {} of a probe: letters, digits and -_+ only", source, word.substr(0, 100), what);
}

void check_group(const Group& group, const std::string& source) {
  check_word(group.target, "target", source);
  check_word(group.kind, "kind", source);
  parse_mode(group.mode);
  if (group.classes.size() < 2 || group.classes.size() > 1000)
    fail("{}: {} has {} classes", source, group.target, group.classes.size());
}

void check_finite(const Tensor& tensor, const std::string& name, const std::string& source) {
  if (!tensor.isfinite().all().item<bool>()) fail("{}: '{}' holds numbers that are not finite", source, name);
}

/// Of the bytes of all tensors, in the order of their names.
std::string checksum(const SafeTensors& content) {
  Sha256 sum;
  for (const auto& [name, tensor] : content.tensors) {
    const auto whole = tensor.contiguous();
    sum.add({static_cast<const char*>(whole.data_ptr()), whole.nbytes()});
  }
  return sum.hex();
}

Json names_of(const std::vector<ProbeSite>& sites) {
  Json names = Json::array();
  for (const auto& site : sites) names.push_back(site_name(site));
  return names;
}

/// Distinct places of one width.
std::vector<ProbeSite> sites_from(const Json& names, std::int64_t width, const ModelConfig& config,
                                  const std::string& source) {
  std::vector<ProbeSite> sites;
  for (const auto& name : names) {
    sites.push_back(parse_probe_site(name.get<std::string>(), config));
    if (site_width(sites.back(), config) != width)
      fail("{}: {} has {} numbers, not {}", source, site_name(sites.back()), site_width(sites.back(), config), width);
    if (std::count(sites.begin(), sites.end(), sites.back()) > 1)
      fail("{}: {} is named twice", source, site_name(sites.back()));
  }
  if (sites.empty()) fail("{}: a group of probes has no sites", source);
  return sites;
}

/// The tensors of a file, each of which must be asked for exactly once.
class Tensors {
 public:
  Tensors(const SafeTensors& content, std::string source) : content_(content), source_(std::move(source)) {}

  const Tensor& take(const std::string& name, at::IntArrayRef shape) {
    const auto& tensor = content_.get(name, shape, source_);
    if (tensor.scalar_type() != at::kFloat) fail("{}: tensor '{}' is not of fp32", source_, name);
    check_finite(tensor, name, source_);
    if (!taken_.insert(name).second) fail("{}: its contents name tensor '{}' twice", source_, name);
    return tensor;
  }
  void finish() const {
    for (const auto& [name, tensor] : content_.tensors)
      if (taken_.count(name) == 0) fail("{}: its contents do not name tensor '{}'", source_, name);
  }

 private:
  const SafeTensors& content_;
  std::string source_;
  std::set<std::string> taken_;
};

/// Adds the probes of a group.
void read_group(const Group& group, Tensors& tensors, const ModelConfig& config, const std::string& source,
                ProbeSet& to) {
  const auto indices = cells(group, board_size(config.board));
  const auto side = group.side(), classes = group.class_count(), sites = group.site_count();
  std::vector<Readout> readouts(group.sites.size());
  for (const auto& parities : weight_sets(parse_mode(group.mode))) {
    const auto name = tensor_prefix(group, parities, config);
    const auto w = tensors.take(name + "W", {sites, group.width, side, side, classes});
    const auto b = tensors.take(name + "b", {sites, side, side, classes});
    const auto whole =
        at::cat({w.view({sites, group.width, side * side, classes}), b.view({sites, 1, side * side, classes})}, 1);
    const auto on_board = whole.index_select(2, indices);  // [site, width + 1, units, classes]
    if (whole.count_nonzero().item<std::int64_t>() != on_board.count_nonzero().item<std::int64_t>())
      fail("{}: '{}' has weights for squares that are not on the board", source, name);
    for (std::int64_t i = 0; i < sites; ++i) {
      const auto weights = on_board.select(0, i).reshape({group.width + 1, -1}).clone();
      for (const int parity : parities) readouts[static_cast<std::size_t>(i)].weights[parity] = weights;
    }
  }
  for (std::size_t i = 0; i < readouts.size(); ++i)
    to.probes.push_back(
        {group.sites[i], group.target, group.frame, group.mode, group.kind, group.classes, std::move(readouts[i])});
}

/// The group of a probe, with its site; throws Error if its weights are of other sizes.
Group group_of(const FittedProbe& probe, const ModelConfig& config, const std::string& source) {
  Group group;
  group.target = probe.target, group.mode = probe.mode, group.kind = probe.kind, group.frame = probe.frame;
  group.classes = probe.classes;
  group.width = site_width(probe.site, config);
  group.sites = {probe.site};
  check_group(group, source);
  const auto squares = board_size(config.board).square_count();
  for (const auto& parities : weight_sets(parse_mode(probe.mode)))
    for (const int parity : parities) {
      const auto& w = probe.readout.weights[parity];
      if (!w.defined() || w.dim() != 2 || w.scalar_type() != at::kFloat || w.size(0) != group.width + 1 ||
          (w.size(1) != squares * group.class_count() && w.size(1) != group.class_count()))
        fail("{}: {} has no fp32 weights [{}, {} or 1 times {}]", source, probe.describe(), group.width + 1, squares,
             group.class_count());
      group.per_square = w.size(1) != group.class_count();
      check_finite(w, probe.describe(), source);
    }
  return group;
}

void write_group(const Group& group, const std::vector<const FittedProbe*>& probes, const ModelConfig& config,
                 SafeTensors& to) {
  const auto indices = cells(group, board_size(config.board));
  const auto side = group.side(), classes = group.class_count(), sites = group.site_count();
  for (const auto& parities : weight_sets(parse_mode(group.mode))) {
    auto whole = torch::zeros({sites, group.width + 1, side * side, classes}, at::kFloat);
    for (std::int64_t i = 0; i < sites; ++i) {
      const auto& weights = probes[static_cast<std::size_t>(i)]->readout.weights[parities[0]];
      whole.select(0, i).index_copy_(1, indices, weights.view({group.width + 1, -1, classes}));
    }
    const auto name = tensor_prefix(group, parities, config);
    to.tensors[name + "W"] = whole.narrow(1, 0, group.width).reshape({sites, group.width, side, side, classes});
    to.tensors[name + "b"] = whole.select(1, group.width).reshape({sites, side, side, classes});
  }
}

Json to_json(const Group& group) {
  return {{"target", group.target},   {"mode", group.mode},
          {"kind", group.kind},       {"frame", group.frame},
          {"classes", group.classes}, {"labels", group.per_square ? "square" : "position"},
          {"width", group.width},     {"sites", names_of(group.sites)}};
}

Group group_from(const Json& in, const ModelConfig& config, const std::string& source) {
  Group group;
  group.target = in.at("target").get<std::string>();
  group.mode = in.at("mode").get<std::string>();
  group.kind = in.at("kind").get<std::string>();
  group.frame = in.at("frame").get<std::string>();
  group.classes = in.at("classes").get<std::vector<std::string>>();
  group.per_square = in.at("labels").get<std::string>() == "square";
  group.width = in.at("width").get<std::int64_t>();
  group.sites = sites_from(in.at("sites"), group.width, config, source);
  check_group(group, source);
  return group;
}

}  // namespace

void write_probes(const std::filesystem::path& file, const ProbeSet& probes, const LoadedModel& model) {
  const auto source = file.string();
  const auto& config = model.model.config();
  std::map<std::tuple<std::int64_t, std::string, std::string, std::string>,
           std::pair<Group, std::vector<const FittedProbe*>>>
      groups;
  for (const auto& probe : probes.probes) {
    auto group = group_of(probe, config, source);
    auto& [whole, members] = groups[{group.width, group.target, group.mode, group.kind}];
    if (members.empty()) {
      whole = std::move(group);
    } else {
      if (whole.frame != group.frame || whole.classes != group.classes || whole.per_square != group.per_square)
        fail("{}: {} has other classes or another frame than at {}", source, probe.describe(),
             site_name(whole.sites[0]));
      if (std::count(whole.sites.begin(), whole.sites.end(), probe.site) > 0)
        fail("{}: there are two of {}", source, probe.describe());
      whole.sites.push_back(probe.site);
    }
    members.push_back(&probe);
  }

  SafeTensors content;
  Json contents{{"groups", Json::array()}, {"activations", Json::array()}};
  for (const auto& [key, group] : groups) {
    write_group(group.first, group.second, config, content);
    contents["groups"].push_back(to_json(group.first));
  }
  std::map<std::int64_t, std::vector<ProbeSite>> by_width;
  for (const auto& [site, mean] : probes.mean) by_width[site_width(site, config)].push_back(site);
  if (probes.mean.size() != probes.deviation.size()) fail("{}: a mean without a deviation", source);
  for (const auto& [width, sites] : by_width) {
    TensorList means, deviations;
    for (const auto& site : sites) {
      if (probes.deviation.count(site) == 0) fail("{}: {} has a mean without a deviation", source, site_name(site));
      for (const auto* of : {&probes.mean, &probes.deviation}) {
        if (of->at(site).sizes() != at::IntArrayRef{width})
          fail("{}: the mean or deviation of {} is not of {} numbers", source, site_name(site), width);
        check_finite(of->at(site), site_name(site), source);
      }
      means.push_back(probes.mean.at(site).to(at::kFloat));
      deviations.push_back(probes.deviation.at(site).to(at::kFloat));
    }
    content.tensors[prefix(width, config) + "mean"] = at::stack(means);
    content.tensors[prefix(width, config) + "deviation"] = at::stack(deviations);
    contents["activations"].push_back({{"width", width}, {"sites", names_of(sites)}});
  }
  content.metadata = {{"format", kFormat},
                      {"config", othello::to_json(config).dump()},
                      {"sha256", model.sha256},
                      {"tensors_sha256", checksum(content)},
                      {"contents", contents.dump()}};
  write_safetensors(file, content);
}

ProbeFile read_probe_file(const std::filesystem::path& file) {
  const auto source = file.string();
  const auto content = read_safetensors(file);
  const auto text = [&](const char* key) {
    const auto found = content.metadata.find(key);
    if (found == content.metadata.end()) fail("{}: not a file of probes: its metadata have no '{}'", source, key);
    return found->second;
  };
  if (text("format") != kFormat)
    fail(
        "{}: not a file of probes that this version reads, which 'othello-gpt probe' writes: its format is '{}', not "
        "'{}'",
        source, text("format"), kFormat);
  ProbeFile result;
  result.sha256 = text("sha256");
  Tensors tensors(content, source);
  try {
    read_config(result.config, parse_json(text("config"), "its config"), "model.");
    result.config.resolve();
    const auto& config = result.config;
    const Json contents = parse_json(text("contents"), "its contents");
    for (const auto& in : contents.at("groups"))
      read_group(group_from(in, config, source), tensors, config, source, result.probes);
    for (const auto& in : contents.at("activations")) {
      const auto width = in.at("width").get<std::int64_t>();
      const auto sites = sites_from(in.at("sites"), width, config, source);
      const auto shape = std::vector<std::int64_t>{static_cast<std::int64_t>(sites.size()), width};
      const auto mean = tensors.take(prefix(width, config) + "mean", shape),
                 deviation = tensors.take(prefix(width, config) + "deviation", shape);
      if ((deviation < 0).any().item<bool>()) fail("{}: it holds a deviation below 0", source);
      for (std::size_t i = 0; i < sites.size(); ++i) {
        result.probes.mean[sites[i]] = mean[static_cast<std::int64_t>(i)].clone();
        result.probes.deviation[sites[i]] = deviation[static_cast<std::int64_t>(i)].clone();
      }
    }
  } catch (const Json::exception&) {
    fail("{}: its 'contents' are malformed", source);
  } catch (const Error& error) {
    if (std::string_view(error.what()).substr(0, source.size()) == source) throw;
    fail("{}: {}", source, error.what());
  }
  tensors.finish();
  if (content.metadata.count("tensors_sha256") > 0 && text("tensors_sha256") != checksum(content))
    fail("{}: its numbers are not those that were written: they have another checksum", source);
  return result;
}

bool is_probe_file(const SafeTensors& content) {
  const auto format = content.metadata.find("format");
  return format != content.metadata.end() && format->second.substr(0, kAnyFormat.size()) == kAnyFormat;
}

void require_place_for_probes(const std::filesystem::path& file) {
  namespace fs = std::filesystem;
  const auto name = file.string();
  const auto folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  if (fs::is_directory(file)) fail("{} is a folder: give the name of a file for the probes", name);
  if (!fs::is_directory(folder)) fail("{}: there is no folder {} for the probes", name, folder.string());
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    fail("{}: no file can be written to the folder {}", name, folder.string());
  if (!fs::exists(file)) return;
  bool ours = false;
  try {
    ours = is_probe_file(read_safetensors(file));
  } catch (const Error&) {
  }
  if (!ours) fail("{} exists and is not a file of probes: it is not replaced; give another name", name);
}

Json describe_probe_file(const std::filesystem::path& file) {
  const auto checked = read_probe_file(file);
  const auto content = read_safetensors(file);
  Json out{{"format", kFormat},
           {"model", {{"config", to_json(checked.config)}, {"sha256", checked.sha256}}},
           {"sites", Json::array()}};
  std::set<ProbeSite> read;
  for (const auto& probe : checked.probes.probes)
    if (read.insert(probe.site).second) out["sites"].push_back(site_name(probe.site));
  out.update(parse_json(content.metadata.at("contents"), file.string()));
  for (const auto& [name, tensor] : content.tensors) out["tensors"][name] = tensor.sizes().vec();
  return out;
}

ProbeSet read_probes(const std::filesystem::path& file, const LoadedModel& model) {
  auto content = read_probe_file(file);
  const auto source = file.string();
  const Json theirs = to_json(content.config), ours = to_json(model.model.config());
  for (const auto& [key, value] : theirs.items())
    if (value != ours.at(key))
      fail("{}: these probes were fitted to a model with {} {}, but {} has {}; run 'othello-gpt probe' on it", source,
           key, value.dump(), model.file.string(), ours.at(key).dump());
  if (content.sha256 != model.sha256)
    fail(
        "{}: these probes were fitted to another model or checkpoint (sha256 {:.12}…) than {} ({:.12}…); run "
        "'othello-gpt probe' on it",
        source, content.sha256, model.file.string(), model.sha256);
  return std::move(content.probes);
}

}  // namespace othello
