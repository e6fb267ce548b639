// Fitted linear probes on disk, as interventions and other programs read them.
#pragma once

#include <filesystem>

#include "model/checkpoint.h"
#include "probes/probe_set.h"

namespace othello {

/// One safetensors file with tensors in fp32. For every target, mode and kind:
///   TARGET/MODE/KIND/W  [site, width, 8, 8, classes]  scores = x·W + b for activations x as the model computes them
///   TARGET/MODE/KIND/b  [site, 8, 8, classes]
/// where of 8, 8 the digit is first (0 is rank 1), then the letter (0 is a), and weights are 0 off a smaller board; a
/// target with one label per position has [site, width, 1, 1, classes]. MODE is `all`, `even` or `odd` (plies t,
/// counted from 1); the two sets of `by-parity` are `by-parity.even` and `by-parity.odd`. And of the activations that
/// were fitted:
///   mean, deviation     [site, width]
/// Width is d_model. Tensors of places of another width w begin with "widthW/". The metadata say `format`, the model's
/// `config` and the `sha256` of its file, in `tensors_sha256` that of the tensors' bytes one after the other in the
/// order of their names, and in `contents` (JSON) for every group of tensors its target, mode, kind, frame, classes and
/// the sites that the first axis stands for.
/// Throws Error if the probes do not fit the model, each other or this layout.
void write_probes(const std::filesystem::path& file, const ProbeSet& probes, const LoadedModel& model);

/// What such a file holds, and for which model.
struct ProbeFile {
  ModelConfig config;
  std::string sha256;
  ProbeSet probes;
};

/// Throws Error if the file is damaged: a tensor is missing, unknown, of another shape or not finite, or they do not
/// have the checksum that the file says they have (older files say none).
ProbeFile read_probe_file(const std::filesystem::path& file);

/// Its format says that it is such a file, of whatever version.
bool is_probe_file(const SafeTensors& content);

/// Before hours of work: throws Error if writing probes to `file` could not be, or would replace something that is not
/// a file of probes.
void require_place_for_probes(const std::filesystem::path& file);

/// What such a file holds, after the same checks: {"format", "model": {"config", "sha256"}, "sites", "groups": [{…}],
/// "activations": [{…}], "tensors": {NAME: shape}}.
Json describe_probe_file(const std::filesystem::path& file);

/// The probes of a file for the model at hand. Throws Error if they were fitted to another model or checkpoint.
ProbeSet read_probes(const std::filesystem::path& file, const LoadedModel& model);

}  // namespace othello
