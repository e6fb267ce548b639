#include "probes/unfinished.h"

#include "common/files.h"

namespace fs = std::filesystem;

namespace othello {

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
    if (of == found.end() || of->second != identity_) {
      fs::remove_all(folder_, ignored);
      return;
    }
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

}  // namespace othello
