// othello-gpt: reads the command line, runs one subcommand, and turns whatever went wrong into one sentence on stderr
// and an exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted after saving.
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/options.h"
#include "common/error.h"
#include "common/interrupt.h"
#include "common/run_folder.h"
#include "common/version.h"

namespace othello {
namespace {

constexpr int kDone = 0, kFailed = 1, kWrongUsage = 2, kInterrupted = 130;

void add_commands(CLI::App& app) {
  add_quickstart(app);
  add_show(app);
  add_perft(app);
  add_generate(app);
  add_import(app);
  add_export(app);
  add_inspect(app);
  add_train(app);
  add_evaluate(app);
  add_probe(app);
  add_intervene(app);
  add_patch(app);
  add_lens(app);
  add_novelty(app);
  add_saliency(app);
  add_ntk(app);
  add_llc(app);
  add_emergence(app);
  add_report(app);
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands(nullptr)) names.push_back(command->get_name());
  return names;
}

std::vector<std::string> flag_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options())
    if (!option->get_positional()) names.push_back(option->get_name());
  return names;
}

/// CLI11 would only say that an argument was not expected.
void check_command_name(const CLI::App& app, const std::string& word) {
  const auto names = command_names(app);
  if (std::find(names.begin(), names.end(), word) == names.end())
    throw UsageError(fmt::format("there is no command '{}'; did you mean '{}'? 'othello-gpt --help' lists all", word,
                                 nearest(word, names)));
}

/// What CLI11 found wrong, and where help is.
std::string explain(const CLI::App& app, const CLI::ParseError& error) {
  const auto chosen = app.get_subcommands();
  if (chosen.empty()) return fmt::format("{} (see 'othello-gpt --help')", error.what());
  const CLI::App& command = *chosen.front();
  std::string problem = error.what();
  for (const std::string& word : app.remaining(true)) {
    if (word.rfind("--", 0) != 0) continue;
    const std::string flag = word.substr(0, word.find('='));
    problem = fmt::format("there is no flag '{}'; did you mean '{}'?", flag, nearest(flag, flag_names(command)));
    break;
  }
  return fmt::format("{} (see 'othello-gpt {} --help')", problem, command.get_name());
}

int fail_with(int code, const std::string& message) {
  fmt::print(stderr, "error: {}\n", message);
  return code;
}

int run(int argc, char** argv) {
  CLI::App app("Othello-GPT workbench: does a transformer trained on nothing but Othello moves carry the board?",
               "othello-gpt");
  app.formatter(std::make_shared<HelpFormatter>());
  app.set_version_flag("--version", fmt::format("othello-gpt {} ({})", kVersion, kGitRevision));
  app.footer("'othello-gpt COMMAND --help' explains a command. Results go to stdout, logs and progress to stderr.");
  app.require_subcommand(1);
  add_commands(app);
  try {
    if (argc < 2) {
      fmt::print(stderr, "{}", app.help());
      return kWrongUsage;
    }
    if (argv[1][0] != '-') check_command_name(app, argv[1]);
    app.parse(argc, argv);
    return kDone;
  } catch (const CLI::Success& request) {
    return app.exit(request);  // --help and --version
  } catch (const CLI::ParseError& error) {
    return fail_with(kWrongUsage, explain(app, error));
  } catch (const UsageError& error) {
    return fail_with(kWrongUsage, error.what());
  } catch (const Interrupted&) {
    fmt::print(stderr, "interrupted\n");
    return kInterrupted;
  } catch (const std::bad_alloc&) {
    return fail_with(kFailed, "there is not enough memory for this");
  } catch (const std::exception& error) {   // Error, and what the standard library throws
    const std::string text = error.what();  // LibTorch's own errors carry a stack trace after the first line
    return fail_with(kFailed, text.substr(0, text.find('\n')));
  }
}

}  // namespace
}  // namespace othello

int main(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // a file that grows beyond its limit is an error like a full disk
  othello::set_command_line(argc, argv);
  return othello::run(argc, argv);
}
