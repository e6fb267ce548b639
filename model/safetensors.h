// The safetensors file format, strictly: https://github.com/huggingface/safetensors (format section of its README).
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "model/torch.h"

namespace othello {

struct SafeTensors {
  std::map<std::string, Tensor> tensors;        // contiguous, on the CPU
  std::map<std::string, std::string> metadata;  // the header's __metadata__

  /// The tensor `name`; throws Error naming `source` if it is missing or has other sizes than `shape`.
  const Tensor& get(const std::string& name, at::IntArrayRef shape, const std::string& source) const;
};

/// Writes the file atomically: header sorted by name, padded to 8 bytes, offsets without holes.
void write_safetensors(const std::filesystem::path& path, const SafeTensors& content);

/// Throws Error naming the file and the fault: a truncated or too long header, invalid JSON, duplicate keys, an
/// unknown dtype, offsets that overlap, leave holes or do not fit the shape or the file.
SafeTensors read_safetensors(const std::filesystem::path& path);

}  // namespace othello
