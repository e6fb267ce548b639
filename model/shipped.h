// The models that ship with the repository.
#pragma once

#include <filesystem>
#include <optional>

namespace othello {

/// The folder of a model that ships with the repository, for `pretrained/NAME` (`pretrained` alone:
/// kDefaultPretrained): in the folder that OTHELLO_PRETRAINED names, else in the source tree's pretrained/. Nothing for
/// other paths and for names of which there is none.
std::optional<std::filesystem::path> shipped_model(const std::filesystem::path& path);

}  // namespace othello
