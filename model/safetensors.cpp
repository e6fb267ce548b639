#include "model/safetensors.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "common/files.h"

namespace othello {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors are little-endian");

constexpr std::uint64_t kMaxHeader = 100'000'000;
constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 31;  // of one tensor; its square still fits 64 bits

struct Dtype {
  const char* name;
  at::ScalarType type;
};
constexpr std::array<Dtype, 9> kDtypes{{{"F64", at::kDouble},
                                        {"F32", at::kFloat},
                                        {"F16", at::kHalf},
                                        {"BF16", at::kBFloat16},
                                        {"I64", at::kLong},
                                        {"I32", at::kInt},
                                        {"I8", at::kChar},
                                        {"U8", at::kByte},
                                        {"BOOL", at::kBool}}};

const char* dtype_name(at::ScalarType type) {
  for (const auto& dtype : kDtypes)
    if (dtype.type == type) return dtype.name;
  fail("tensors of type {} cannot be saved", c10::toString(type));
}

struct Entry {
  std::string name;
  at::ScalarType type{};
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0, end = 0;
};

Entry parse_entry(const std::string& name, const Json& in, const std::string& source) {
  Entry entry{.name = name, .type = {}, .shape = {}, .begin = 0, .end = 0};
  try {
    if (in.size() != 3) fail("{}: tensor '{}' must have exactly dtype, shape and data_offsets", source, name);
    const auto dtype = in.at("dtype").get<std::string>();
    const auto known = std::find_if(kDtypes.begin(), kDtypes.end(), [&](const Dtype& d) { return dtype == d.name; });
    if (known == kDtypes.end()) fail("{}: tensor '{}' has the unknown dtype '{}'", source, name, dtype);
    entry.type = known->type;
    std::uint64_t bytes = c10::elementSize(entry.type);
    for (const auto& size : in.at("shape")) {
      if (!size.is_number_unsigned()) fail("{}: tensor '{}' has a size that is not a whole number", source, name);
      const auto n = size.get<std::uint64_t>();
      if (n > kMaxBytes || bytes * n > kMaxBytes) fail("{}: tensor '{}' is too large", source, name);
      entry.shape.push_back(static_cast<std::int64_t>(n));
      bytes *= n;
    }
    const auto& offsets = in.at("data_offsets");
    if (offsets.size() != 2 || !offsets[0].is_number_unsigned() || !offsets[1].is_number_unsigned())
      fail("{}: tensor '{}' has malformed data_offsets", source, name);
    entry.begin = offsets[0].get<std::uint64_t>();
    entry.end = offsets[1].get<std::uint64_t>();
    if (entry.begin > entry.end || entry.end - entry.begin != bytes)
      fail("{}: the data_offsets of tensor '{}' do not fit its shape", source, name);
  } catch (const Json::exception&) {
    fail("{}: the header entry of tensor '{}' is malformed", source, name);
  }
  return entry;
}

}  // namespace

const Tensor& SafeTensors::get(const std::string& name, at::IntArrayRef shape, const std::string& source) const {
  const auto found = tensors.find(name);
  if (found == tensors.end()) fail("{}: it holds no tensor '{}'", source, name);
  if (found->second.sizes() != shape)
    fail("{}: tensor '{}' has shape [{}], but [{}] was expected", source, name, fmt::join(found->second.sizes(), ", "),
         fmt::join(shape, ", "));
  return found->second;
}

void write_safetensors(const std::filesystem::path& path, const SafeTensors& content) {
  Json header = Json::object();
  if (!content.metadata.empty()) header["__metadata__"] = content.metadata;
  std::uint64_t offset = 0;
  for (const auto& [name, tensor] : content.tensors) {
    const std::uint64_t end = offset + tensor.nbytes();
    header[name] = {
        {"dtype", dtype_name(tensor.scalar_type())}, {"shape", tensor.sizes().vec()}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const std::uint64_t length = text.size();
  FileWriter file(path);
  file.append({reinterpret_cast<const char*>(&length), sizeof length});
  file.append(text);
  for (const auto& [name, tensor] : content.tensors) {
    const auto whole = tensor.detach().cpu().contiguous();
    file.append({static_cast<const char*>(whole.data_ptr()), whole.nbytes()});
  }
  file.finish();
}

SafeTensors read_safetensors(const std::filesystem::path& path) {
  const std::string bytes = read_file(path);
  const std::string source = path.string();
  std::uint64_t length = 0;
  if (bytes.size() < sizeof length) fail("{}: too short for a safetensors file ({} bytes)", source, bytes.size());
  std::memcpy(&length, bytes.data(), sizeof length);
  if (length > kMaxHeader || length > bytes.size() - sizeof length)
    fail("{}: not a safetensors file, or truncated: its header claims {} bytes", source, length);
  if (length == 0 || bytes[sizeof length] != '{') fail("{}: its header does not begin with '{{'", source);
  const Json header = parse_json(std::string_view(bytes).substr(sizeof length, length), source + ": its header");
  if (!header.is_object()) fail("{}: its header is not a JSON object", source);
  const std::string_view data = std::string_view(bytes).substr(sizeof length + length);

  SafeTensors content;
  std::vector<Entry> entries;
  for (const auto& [name, value] : header.items()) {
    if (name != "__metadata__") {
      entries.push_back(parse_entry(name, value, source));
      continue;
    }
    if (!value.is_object()) fail("{}: its __metadata__ is not an object", source);
    for (const auto& [key, text] : value.items()) {
      if (!text.is_string()) fail("{}: its metadata '{}' is not a string", source, key);
      content.metadata[key] = text.get<std::string>();
    }
  }
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
  std::uint64_t expected = 0;
  for (const auto& entry : entries) {
    if (entry.begin != expected) fail("{}: the data of tensor '{}' overlap others or leave a hole", source, entry.name);
    if (entry.end > data.size()) fail("{}: truncated: tensor '{}' ends beyond the file", source, entry.name);
    auto tensor = torch::empty(entry.shape, entry.type);
    if (entry.end > entry.begin) std::memcpy(tensor.data_ptr(), data.data() + entry.begin, entry.end - entry.begin);
    content.tensors.emplace(entry.name, std::move(tensor));
    expected = entry.end;
  }
  if (expected != data.size()) fail("{}: {} bytes follow its last tensor", source, data.size() - expected);
  return content;
}

}  // namespace othello
