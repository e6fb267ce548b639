// What `import --weights` and `export --model` do.
#pragma once

#include <string>
#include <vector>

#include "cli/options.h"

namespace othello {

/// Others' weights → a model: a new folder, or a file if `out` ends with .safetensors. `heads` 0 = not given.
void import_weights_command(const std::string& file, const std::string& out, int heads, const OutputOptions& output);

/// "mingpt", "transformerlens" and "model", our own.
const std::vector<std::string>& weight_formats();

/// A model → one file with the names of `format`, in `precision` fp32 or bf16.
void export_weights_command(const std::string& model, const std::string& format, const std::string& out,
                            const std::string& precision, const OutputOptions& output);

}  // namespace othello
