#include "report/report.h"

#include <fmt/format.h>

#include <memory>

#include "cli/commands.h"
#include "cli/options.h"
#include "common/files.h"

namespace othello {
namespace {

struct ReportOptions {
  std::string run;
  OutputOptions output;
};

}  // namespace

void add_report(CLI::App& app) {
  auto options = std::make_shared<ReportOptions>();
  CLI::App& command =
      add_command(app, "report", "Assemble a run's results into one HTML file",
                  "The file needs no network and no other file. Written to report.html in the run folder.\n"
                  "Example: othello-gpt report runs/mini");
  command.add_option("run", options->run, "Run folder")->type_name("RUN")->required();
  options->output.add_to(command);
  command.callback([options] {
    options->output.apply();
    const auto run = RunFolder::open(options->run);
    write_file(run.report_file(), render_report(run));
    Json result = result_envelope("report");
    result["report"] = run.report_file().string();
    options->output.print(result, run.report_file().string());
  });
}

}  // namespace othello
