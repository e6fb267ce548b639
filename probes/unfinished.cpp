#include "probes/unfinished.h"

#include <cstring>

#include "common/files.h"

namespace fs = std::filesystem;

namespace othello {
namespace {

/// "games, seed": what two identities do not have in common.
std::string differences(const std::string& theirs, const Json& ours) {
  std::string names;
  try {
    const Json other = parse_json(theirs, "identity");
    for (const auto& [name, value] : ours.items())
      if (!other.contains(name) || other[name] != value) names += (names.empty() ? "" : ", ") + name;
  } catch (const std::exception&) {
  }
  return names.empty() ? "what was asked for" : names;
}

}  // namespace

Unfinished::Unfinished(fs::path folder, const Json& identity) : folder_(std::move(folder)), identity_(identity.dump()) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder_, ignored)) {
    if (entry.path().extension() != ".safetensors") continue;
    std::map<std::string, std::string> found;
    try {
      found = read_safetensors(entry.path()).metadata;
    } catch (const Error& error) {
      fail("{}; remove the folder {} to begin the sweep anew", error.what(), folder_.string());
    }
    const auto of = found.find("sweep");
    if (of == found.end() || of->second != identity_)
      fail(
          "{} holds an unfinished sweep that differs from this one in: {}; start that one again to go on with it, or "
          "remove the folder, or give another file to --probes",
          folder_.string(), differences(of == found.end() ? "" : of->second, identity));
    resumed_ = true;
  }
}

std::optional<TensorList> Unfinished::load(const std::string& name, std::int64_t* count) const {
  const auto file = folder_ / (name + ".safetensors");
  if (folder_.empty() || !fs::exists(file)) return {};
  const auto content = read_safetensors(file);
  if (count != nullptr) *count = std::stoll(content.metadata.at("count"));
  TensorList tensors;  // names sort as numbers
  for (const auto& [number, tensor] : content.tensors) tensors.push_back(tensor);
  return tensors;
}

void Unfinished::save(const std::string& name, const TensorList& tensors, std::int64_t count) const {
  if (folder_.empty()) return;
  make_folder(folder_);
  SafeTensors content;
  for (std::size_t i = 0; i < tensors.size(); ++i) content.tensors[fmt::format("{:06}", i)] = tensors[i].contiguous();
  content.metadata = {{"sweep", identity_}, {"count", std::to_string(count)}};
  write_safetensors(folder_ / (name + ".safetensors"), content);
}

void Unfinished::finish() const {
  std::error_code ignored;
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

Tensor bytes_of(const std::string& text) {
  auto bytes = torch::empty({static_cast<std::int64_t>(text.size())}, at::kByte);
  std::memcpy(bytes.data_ptr(), text.data(), text.size());
  return bytes;
}

std::string text_of(const Tensor& bytes) {
  return {static_cast<const char*>(bytes.data_ptr()), static_cast<std::size_t>(bytes.numel())};
}

}  // namespace othello
