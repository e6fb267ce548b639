#include "model/weight_files.h"

#include <charconv>

#include "model/linearised.h"

namespace othello {
namespace {

/// Masks, which are the same for every model.
bool is_buffer(const std::string& name) {
  return name.starts_with("blocks.") && (name.ends_with(".attn.mask") || name.ends_with(".attn.IGNORE"));
}

/// The heads that minGPT's weights do not tell.
/// Of minGPT's weights: `given` (0 = not) or what the metadata say, which must not contradict each other.
int heads_of(const SafeTensors& content, int given, const std::string& source, std::vector<std::string>& notes) {
  const auto found = content.metadata.find("heads");
  if (found == content.metadata.end()) {
    if (given > 0) return given;
    notes.emplace_back("8 heads were assumed, for minGPT's weights do not tell (--heads)");
    return 8;
  }
  int heads = 0;
  const char* end = found->second.data() + found->second.size();
  if (std::from_chars(found->second.data(), end, heads).ptr != end || heads < 1)
    fail("{}: its metadata 'heads' is '{}', not a number of heads", source, found->second);
  if (given > 0 && given != heads) fail("{}: it says of itself that it has {} heads, not {}", source, heads, given);
  return heads;
}

Tensor checked(const SafeTensors& content, const NamedWeight& weight, const std::string& source) {
  const Tensor& found = content.get(weight.name, weight.window.sizes(), source);
  if (!found.is_floating_point()) fail("{}: tensor '{}' holds no floating-point numbers", source, weight.name);
  const Tensor value = found.to(at::kFloat);
  if (!value.isfinite().all().item<bool>())
    fail("{}: tensor '{}' holds numbers that are not finite", source, weight.name);
  return value;
}

/// b with b·W_U = b_U: the offset of the last layer norm does what a bias of the unembedding does. W_U [d_model,
/// vocabulary], b_U [vocabulary] → [d_model].
Tensor as_offset(const Tensor& W_U, const Tensor& b_U, const std::string& source) {
  const Tensor matrix = W_U.to(at::kDouble), bias = b_U.to(at::kDouble);
  const Tensor offset = at::matmul(bias, at::pinverse(matrix, 1e-6)).to(at::kFloat);
  const double error = (at::matmul(offset.to(at::kDouble), matrix) - bias).abs().max().item<double>();
  if (!(error <= 3e-6 * std::max(1.0, bias.abs().max().item<double>())))  // NaN included
    fail(
        "{}: tensor 'unembed.b_U' is not zero, and no offset of the last layer norm stands for it (logits would be off "
        "by {:.2g}); save the model without folding its layer norms",
        source, error);
  return offset;
}

void reorder_tokens(Parameters& p, const Vocabulary& vocabulary) {
  const Tensor order = published_order(vocabulary);
  p.W_E = p.W_E.index_select(0, order);
  p.W_U = p.W_U.index_select(1, order);
}

}  // namespace

ForeignModel import_weights(const std::filesystem::path& file, int heads) {
  const auto source = file.string();
  for (const char* ending : {".pth", ".pt", ".ckpt", ".bin"})
    if (file.extension() == ending)
      fail("{} looks like a pickle: scripts/convert_weights makes a .safetensors file of it", source);
  SafeTensors content = read_safetensors(file);
  std::erase_if(content.tensors, [](const auto& item) { return is_buffer(item.first); });
  const auto names = names_of(content, source);
  std::vector<std::string> notes;
  if (names == WeightNames::mingpt) heads = heads_of(content, heads, source, notes);
  const auto config = config_of(names, content, heads, source);

  // A window is compared before there is memory behind it: sizes that do not fit cost nothing.
  Parameters parameters = Parameters::shapes(config);
  auto weights = named_weights(names, config, parameters);
  const bool folded = names == WeightNames::transformer_lens &&
                      std::none_of(weights.begin(), weights.end(), [&](const NamedWeight& weight) {
                        return weight.foldable && content.tensors.contains(weight.name);
                      });
  if (folded) notes.emplace_back("the layer norms are folded into the weights: gains are 1, offsets 0");
  std::map<std::string, Tensor> values;
  for (const auto& weight : weights)
    if (!folded || !weight.foldable) values[weight.name] = checked(content, weight, source);
  Tensor b_U;  // [vocabulary], undefined if there is none
  if (names == WeightNames::transformer_lens && content.tensors.contains("unembed.b_U"))
    b_U = values["unembed.b_U"] = checked(content, {"unembed.b_U", torch::empty({parameters.W_U.size(1)})}, source);
  for (const auto& [name, tensor] : content.tensors)
    if (!values.contains(name)) fail("{}: tensor '{}' has no place in this architecture", source, name);

  Parameters::visit(parameters, [](const std::string& name, Tensor& tensor, Role role) {
    const bool gain = role == Role::norm && name.ends_with(".w");
    tensor = gain ? torch::ones(tensor.sizes()) : torch::zeros(tensor.sizes());
  });
  for (auto& weight : named_weights(names, config, parameters))
    if (const auto value = values.find(weight.name); value != values.end()) weight.window.copy_(value->second);
  if (b_U.defined() && b_U.any().item<bool>()) {
    parameters.ln_final_b += as_offset(parameters.W_U, b_U, source);
    notes.emplace_back("the bias of the unembedding became the offset of the last layer norm");
  }
  reorder_tokens(parameters, config.vocabulary());
  return {Transformer(config, std::move(parameters)), names, std::move(notes)};
}

SafeTensors export_weights(const Transformer& model, WeightNames names, at::ScalarType precision) {
  require_ordinary(model, "exporting to the names of other programs");
  const auto& config = model.config();
  const std::int64_t context = config.vocabulary().context();
  Parameters parameters = model.parameters();
  reorder_tokens(parameters, config.vocabulary());
  SafeTensors content;
  content.metadata = {{"names", word_of(names)}, {"heads", std::to_string(config.heads)}};
  for (const auto& weight : named_weights(names, config, parameters))
    content.tensors[weight.name] = weight.window.detach().to(precision).contiguous();

  Tensor mask = at::tril(torch::ones({context, context}));
  mask = names == WeightNames::mingpt ? mask.view({1, 1, context, context}) : mask.to(at::kBool);
  for (int layer = 0; layer < config.layers; ++layer) {
    const auto prefix = fmt::format("blocks.{}.attn.", layer);
    content.tensors[prefix + "mask"] = mask;
    if (names == WeightNames::transformer_lens)
      content.tensors[prefix + "IGNORE"] = at::scalar_tensor(-std::numeric_limits<float>::infinity());
  }
  if (names == WeightNames::transformer_lens)
    content.tensors["unembed.b_U"] = torch::zeros({config.vocabulary().size()}, precision);
  return content;
}

}  // namespace othello
