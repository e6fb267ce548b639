#include "model/checkpoint.h"

#include <cstdlib>

#include "common/files.h"
#include "common/run_folder.h"
#include "model/shipped.h"

namespace fs = std::filesystem;

namespace othello {
namespace {

constexpr const char* kBasePrefix = "base.";

/// Where a shipped model would be for "pretrained" and "pretrained/NAME"; nothing for other paths.
std::optional<fs::path> pretrained_folder(const fs::path& path) {
  const auto named = path.has_filename() ? path : path.parent_path();  // without a slash at the end
  const auto parts = std::distance(named.begin(), named.end());
  if (parts < 1 || parts > 2 || *named.begin() != "pretrained") return std::nullopt;
  const char* elsewhere = std::getenv("OTHELLO_PRETRAINED");
  const fs::path root = elsewhere != nullptr && *elsewhere != '\0' ? elsewhere : OTHELLO_PRETRAINED_FOLDER;
  return root / (parts == 2 ? named.filename() : kDefaultPretrained);
}

fs::path model_file(const fs::path& path) {
  if (const auto shipped = shipped_model(path)) return *shipped / kModelFile;
  if (const auto named = pretrained_folder(path); named && !fs::exists(path / kModelFile) && !RunFolder::is_run(path))
    fail("{}: there is no such pretrained model ({} is missing); OTHELLO_PRETRAINED names another folder to look in",
         path.string(), (*named / kModelFile).string());
  if (fs::is_directory(path) && fs::exists(path / kModelFile)) return path / kModelFile;
  if (RunFolder::is_run(path)) {
    const auto run = RunFolder::open(path);
    const auto steps = run.checkpoint_steps();
    if (steps.empty()) fail("the run {} has no checkpoint yet", path.string());
    return run.checkpoint(steps.back()) / kModelFile;
  }
  if (fs::is_directory(path)) fail("{} holds no model: it is neither a run nor a checkpoint", path.string());
  if (!fs::exists(path)) fail("{}: no such run, checkpoint or .safetensors file", path.string());
  return path;
}

Json earlier_json(const TrainingFacts& facts) {
  Json runs = Json::array();
  for (const auto& run : facts.earlier) runs.push_back(to_json(run));
  return runs;
}

}  // namespace

std::optional<fs::path> shipped_model(const fs::path& path) {
  auto folder = pretrained_folder(path);
  return folder && fs::exists(*folder / kModelFile) ? folder : std::nullopt;
}

std::string targets_in_words(const std::string& targets) {
  if (targets == "sampled") return "sampled moves (the move that was played)";
  if (targets == "expected")
    return "expected targets (the loss is told the legal moves' chances; the input is moves only)";
  if (targets == "none") return "nothing: its weights are fresh";
  return "targets that are not known";
}

std::string trained_in_words(const TrainingFacts& facts, const Base* base) {
  std::string text = "trained on " + targets_in_words(facts.targets);
  const auto* later = &facts;
  for (auto run = facts.earlier.rbegin(); run != facts.earlier.rend(); later = &*run++)
    if (run->targets != later->targets) text += "; before that on " + targets_in_words(run->targets);
  if (base == nullptr) return text;
  text += base->linearised ? "; linearised around its initial weights, so it cannot learn features"
                           : "; its output is its distance from its initial self";
  if (base->lazy_scale > 0) text += fmt::format(" (lazy scale {:g})", base->lazy_scale);
  return text;
}

std::vector<TrainingFacts> TrainingFacts::history() const {
  auto runs = earlier;
  if (targets == "none") return runs;
  runs.push_back(*this);
  runs.back().earlier.clear();
  return runs;
}

Json LoadedModel::describe() const {
  Json out{{"path", file.string()}, {"sha256", sha256}};
  out.update(to_json(model.config()));
  out.update(to_json(facts));
  if (facts.targets == kUnknown) out["step"] = out["games"] = out["seed"] = nullptr;
  if (!facts.earlier.empty()) out["earlier"] = earlier_json(facts);
  if (model.base() != nullptr) out.update(to_json(*model.base()));
  out["trained"] = trained_in_words(facts, model.base());
  out["parameters"] = model.parameters().count();
  return out;
}

void save_model(const fs::path& file, const Transformer& model, const TrainingFacts& facts, at::ScalarType precision) {
  SafeTensors content;
  Parameters::visit(model.parameters(), [&](const std::string& name, const Tensor& tensor, Role) {
    content.tensors[name] = tensor.to(at::kCPU, precision);
  });
  if (const auto* base = model.base()) {
    if (precision != at::kFloat)
      fail("a linearised or lazy model is the small difference of two sets of weights: it is stored in fp32");
    Parameters::visit(base->weights, [&](const std::string& name, const Tensor& tensor, Role) {
      content.tensors[kBasePrefix + name] = tensor.to(at::kCPU, precision);
    });
  }
  content.metadata = {
      {"format", "othello-gpt"}, {"config", to_json(model.config()).dump()}, {"training", to_json(facts).dump()}};
  if (!facts.earlier.empty()) content.metadata["earlier"] = earlier_json(facts).dump();
  if (model.base() != nullptr) content.metadata["base"] = to_json(*model.base()).dump();
  write_safetensors(file, content);
}

LoadedModel load_model(const fs::path& path) {
  const auto file = model_file(path);
  const auto source = file.string();
  auto content = read_safetensors(file);
  ModelConfig config;
  TrainingFacts facts;
  std::shared_ptr<Base> base;
  if (content.metadata.count("config") == 0)
    fail("{}: no 'config' in its metadata; is it a model of this workbench? 'import --weights' reads others'", source);
  try {
    read_config(config, parse_json(content.metadata["config"], "its config"), "model.");
    config.resolve();
    if (content.metadata.count("training") != 0)
      read_config(facts, parse_json(content.metadata["training"], "its training facts"));
    if (content.metadata.count("earlier") != 0)
      for (const Json& run : parse_json(content.metadata["earlier"], "its earlier training"))
        read_config(facts.earlier.emplace_back(), run);
    if (content.metadata.count("base") != 0) {
      base = std::make_shared<Base>();
      read_config(*base, parse_json(content.metadata["base"], "its base"));
    }
  } catch (const Error& error) {
    fail("{}: {}", source, error.what());
  }
  std::size_t expected = 0;
  const auto read = [&](const std::string& prefix) {
    Parameters parameters = Parameters::shapes(config);
    Parameters::visit(parameters, [&](const std::string& name, Tensor& tensor, Role) {
      tensor = content.get(prefix + name, tensor.sizes(), source).to(at::kFloat);
      if (!tensor.isfinite().all().item<bool>())
        fail("{}: tensor '{}' holds numbers that are not finite", source, prefix + name);
      ++expected;
    });
    return parameters;
  };
  Parameters parameters = read("");
  if (base) base->weights = read(kBasePrefix);
  if (content.tensors.size() != expected)
    fail("{}: it holds {} tensors, but its configuration has {}", source, content.tensors.size(), expected);
  return {Transformer(config, std::move(parameters), std::move(base)), facts, file, sha256(read_file(file))};
}

}  // namespace othello
