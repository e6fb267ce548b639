// Probes for other programs.
#pragma once

#include "probes/probe_file.h"

namespace othello {

/// A folder with every tensor of a file of probes (probe_file.h) as a .npy file of fp32 and `probes.json`: what
/// describe_probe_file says, with "tensors": {NAME: {"file", "shape"}}; also returned.
/// Throws Error if the file is damaged or the folder exists and is not empty.
Json export_probes_numpy(const std::filesystem::path& file, const std::filesystem::path& folder);

/// The layouts of the linear probes of mine/yours/empty that others published. Both have the *letter* before the digit
/// (the transpose of our squares) and no bias.
enum class PublishedLayout {
  /// [3, d_model, 8, 8, 3], as `main_linear_probe.pth` (Nanda 2023): modes "even", "odd" and "all", classes empty,
  /// white, black. Plies count from 0 there, but those modes from the sixth move: "even" is after an even number of
  /// moves as here, black to play, and "odd" is white to play.
  colors,
  /// [1, d_model, 8, 8, 3], as the probes of Nanda, Lee & Wattenberg 2023 (arXiv 2309.00941): all plies, classes empty,
  /// own (the side that played last: our "yours"), other (our "mine").
  sides,
};

/// A file with the tensor `linear_probe` in that layout and `linear_probe_bias` [modes, 8, 8, 3], which published
/// programs do not know: what they compute lacks it. `scripts/convert_weights` makes a .pth of the file, where
/// torch.load(…)["linear_probe"] is the published tensor.
/// colors: from the probe by parity of mine-yours-empty, with the mode "all" from that of black-white-empty of all
/// plies; 0 if there is none, and the metadata and the answer say so. sides: from mine-yours-empty of all plies.
/// `kind` may be "" if there is one kind only. Answers {"shape", "modes", "classes", "site", "kind"}. Throws Error if
/// the site does not exist or the file lacks the probe.
Json export_probes_published(const std::filesystem::path& file, PublishedLayout layout, const std::string& site,
                             const std::string& kind, const std::filesystem::path& out);

}  // namespace othello
