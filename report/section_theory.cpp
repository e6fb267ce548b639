// Which theory would have predicted it? Inputs, tangent kernel, network and their course over training in one place.
#include "report/html.h"
#include "report/sections.h"
#include "report/theory_pictures.h"

namespace othello {
namespace {

std::string heading(const std::string& text, const std::string& markup) {
  return markup.empty() ? "" : element("h3", {}, text) + "\n" + markup;
}

/// What more commands would add.
std::string missing_line(const RunDocuments& run) {
  std::string what, commands;
  const auto add = [&](bool there, const char* name, const char* adds) {
    if (there) return;
    what += (what.empty() ? "" : "; ") + std::string(name) + " adds " + adds;
    commands += result_command(name, run.model) + "\n";
  };
  add(run.probe.has_value(), "probe", "the probe fitted to many games and the layers where each rung is read");
  add(run.intervene.has_value(), "intervene", "what editing the board changes");
  add(run.ntk.has_value(), "ntk", "inputs, tangent kernel and network on the same positions");
  add(run.llc.has_value(), "llc", "local learning coefficients");
  add(run.emergence.has_value(), "emergence", "when each concept came, and neurons against independence");
  if (what.empty()) return "";
  return element("div", {{"class", "missing"}},
                 paragraph("Not measured yet: " + what + ".") + code_block(commands.substr(0, commands.size() - 1))) +
         "\n";
}

std::string table_part(const TheoryResults& theory) {
  const std::string markup = joined_table(theory);
  if (markup.empty()) return "";
  std::string finding = theory.ntk ? beyond_sentence(*theory.ntk) : "";
  if (finding.empty()) finding = "What is known of each concept, by how often the disc was turned.";
  std::string reading =
      "Each row is something to be read of a position; discs are told apart by how often they were turned, which is "
      "what "
      "makes the board hard to follow from the moves.";
  if (theory.ntk) {
    reading +=
        " The columns on the left are fitted anew to the same few positions, one per game, and compare with each "
        "other: "
        "the most common state; a linear read-out of the moves; regression with the network's tangent kernel at "
        "initialisation (what gradient descent would learn if no feature changed) and after training; linear probes of "
        "the untrained and of the trained network. A difference counts if its 95 % interval, paired over games, leaves "
        "out 0.";
    if (!theory.ntk->held_out) reading += " The games may be among those trained on.";
  }
  reading +=
      " The columns of the network by itself come from other analyses with other games, and compare only down the "
      "column: "
      "the best linear probe with many games, and the one-hot moves with as many; moves wrong per case after the disc "
      "is changed inside, and without an "
      "edit; the games of training after which the concept was half way up; the local learning coefficient against the "
      "loss on the moves that turn discs which were turned so often before. A dash is not measured. 95 % intervals "
      "stand in small.";
  if (theory.ntk && !theory.ntk->kernel.empty()) reading += " The kernel is " + theory.ntk->kernel + ".";
  return figure(finding, (theory.ntk ? paragraph(beyond_by_flips(*theory.ntk)) : "") + markup, reading);
}

TheoryResults read_results(const RunDocuments& run) {
  TheoryResults theory;
  if (run.ntk) theory.ntk = read_ntk(*run.ntk);
  if (run.llc) theory.llc = read_llc(*run.llc);
  if (run.emergence) theory.emergence = read_emergence(*run.emergence);
  if (run.probe) theory.probe = read_probe(*run.probe);
  if (run.intervene) theory.intervene = read_intervene(*run.intervene);
  return theory;
}

}  // namespace

std::string theory_section(const RunDocuments& run) {
  if (!has_theory(run)) return "";
  const auto theory = read_results(run);
  std::string text = table_part(theory);
  if (theory.ntk) text += legality_table(*theory.ntk);
  if (theory.probe) text += heading("Does depth matter?", depth_figure(*theory.probe));
  if (theory.ntk) {
    text += heading("Where the kernel falls short",
                    size_figure(*theory.ntk) + failure_figure(*theory.ntk) + feature_figure(*theory.ntk));
    text += heading("What the kernel finds easy", spectrum_figures(*theory.ntk) + alignment_figure(*theory.ntk));
  }
  text += heading("Over the training", training_figures(theory));
  if (theory.llc) text += heading("Learning coefficients", llc_figures(*theory.llc));
  if (theory.emergence) text += heading("Neurons one by one", independence_figures(*theory.emergence));
  return section("theory", "Which theory would have predicted it?", text + missing_line(run));
}

bool has_theory(const RunDocuments& run) { return run.ntk || run.llc || run.emergence; }

}  // namespace othello
