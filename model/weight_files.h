// Files of others' weights → models, and back, bit for bit.
#pragma once

#include <filesystem>

#include "model/weight_names.h"

namespace othello {

/// Others' weights as a model.
struct ForeignModel {
  Transformer model;
  WeightNames names;
  std::vector<std::string> notes;  // sentences: what was assumed, what was rewritten
};

/// Reads a .safetensors file of minGPT's or TransformerLens' names; the tokens of the model are then ours, not the
/// published ones. Sizes follow from the shapes, minGPT's heads from `heads`, else from the file's metadata "heads",
/// else they are 8 and `notes` says so. Both programs are taken to compute exact GELU (nn.GELU(), act_fn "gelu"), layer
/// norm with ε = 1e-5 and scores divided by √d_head, which the weights do not tell.
///
/// TransformerLens' weights may have their layer norms folded in ("LNPre"): then gains are 1 and offsets 0. The bias
/// b_U that folding leaves behind becomes the offset b of the last norm with b·W_U = b_U; it has one whenever the
/// columns of W_U, centred or not, are otherwise independent, which needs d_model ≥ vocabulary.
///
/// Throws Error naming the file and the tensor if one is missing, unexpected, of another shape or type, or not finite,
/// or if no offset gives b_U.
ForeignModel import_weights(const std::filesystem::path& file, int heads = 0);

/// The weights with the names, shapes and tokens of others, and the buffers that their programs want beside them, so
/// that `load_state_dict` takes them; normalization_type is "LN". Floating-point numbers are rounded to `precision`.
SafeTensors export_weights(const Transformer& model, WeightNames names, at::ScalarType precision = at::kFloat);

}  // namespace othello
