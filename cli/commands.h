// The subcommands. Each lives in a file of its own, which declares its flags in `add_NAME` and does its work in a
// callback that runs once the command line has been read:
//
//   void add_perft(CLI::App& app) {
//     auto options = std::make_shared<PerftOptions>();
//     CLI::App& command = add_command(app, "perft", "What it does in one line", "Example: …");
//     command.add_option(…);
//     command.callback([options] { run(*options); });
//   }
//
// A new one is declared here, listed in `main` and in CMakeLists.txt.
#pragma once

#include <CLI/CLI.hpp>

namespace othello {

void add_show(CLI::App& app);
void add_perft(CLI::App& app);
void add_generate(CLI::App& app);
void add_import(CLI::App& app);
void add_export(CLI::App& app);
void add_inspect(CLI::App& app);
void add_train(CLI::App& app);
void add_evaluate(CLI::App& app);
void add_probe(CLI::App& app);
void add_intervene(CLI::App& app);
void add_patch(CLI::App& app);
void add_lens(CLI::App& app);
void add_novelty(CLI::App& app);
void add_saliency(CLI::App& app);
void add_ntk(CLI::App& app);
void add_llc(CLI::App& app);
void add_emergence(CLI::App& app);
void add_report(CLI::App& app);
void add_quickstart(CLI::App& app);

}  // namespace othello
