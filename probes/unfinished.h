// What a sweep has done so far, on disk, so that it goes on after any end.
#pragma once

#include <filesystem>
#include <optional>

#include "common/config.h"
#include "model/safetensors.h"

namespace othello {

/// A folder of finished steps. Those of another sweep (other settings, another model) are neither taken nor touched.
class Unfinished {
 public:
  /// Keeps nothing.
  Unfinished() = default;
  /// `identity` says all that decides the results, by name. Throws Error, saying how to go on, if the folder holds what
  /// is left of another sweep, or something damaged.
  Unfinished(std::filesystem::path folder, const Json& identity);

  /// The tensors of the step `name`, nothing if it is not there; `count` gets the number saved with them. Throws Error
  /// if it is damaged.
  std::optional<TensorList> load(const std::string& name, std::int64_t* count = nullptr) const;
  void save(const std::string& name, const TensorList& tensors, std::int64_t count = 0) const;
  /// Whether something was there to go on from.
  bool resumed() const { return resumed_; }
  /// The sweep is done: removes the folder.
  void finish() const;

 private:
  std::filesystem::path folder_;  // empty: keeps nothing
  std::string identity_;
  bool resumed_ = false;
};

/// Text as the tensor of its bytes, and back.
Tensor bytes_of(const std::string& text);
std::string text_of(const Tensor& bytes);

}  // namespace othello
