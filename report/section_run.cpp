// The frame of the report: verdict, facts of the run, how to reproduce it.
#include <algorithm>

#include "report/document.h"
#include "report/format.h"
#include "report/html.h"
#include "report/sections.h"

namespace othello {
namespace {

const char* answer_style(Answer level) {
  switch (level) {
    case Answer::yes: return "answer answer-yes";
    case Answer::partly: return "answer answer-partly";
    case Answer::no: return "answer answer-no";
    case Answer::unknown: break;
  }
  return "answer answer-unknown";
}

/// What stands before `mark` large, the rest small under it.
std::string two_sizes(const std::string& text, std::string_view mark, const std::string& style) {
  const auto at = text.find(mark);
  std::string cell = element("span", {{"class", style}}, prose(text.substr(0, at)));
  if (at != std::string::npos)
    cell += " " + element("span", {{"class", "detail"}}, prose(text.substr(at + mark.size())));
  return cell;
}

/// Lines "name: figure", names in bold, each followed by lines of its own.
std::string control_lines(const std::string& text) {
  std::string cell;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    const auto colon = line.find(": ");
    const bool named = colon != std::string::npos;
    cell += element("span", {{"class", named ? "detail control" : "detail"}},
                    (named ? element("b", {}, prose(line.substr(0, colon))) + " " : "") +
                        prose(named ? line.substr(colon + 2) : line)) +
            "\n";
    begin = end + 1;
  }
  return cell;
}

/// What the run's own model gives for a question, in one cell.
std::string own_cell(const VerdictRow& row) {
  return element("td", {},
                 two_sizes(row.answer, ": ", answer_style(row.level)) + "\n" + two_sizes(row.figure, "\n", "value"));
}

std::string verdict_rows(const Verdict& verdict) {
  std::string rows;
  for (std::size_t i = 0; i < verdict.rows.size(); ++i) {
    const auto& row = verdict.rows[i];
    rows += element("tr", {},
                    element("th", {{"scope", "row"}}, escape(row.question)) +
                        element("td", {}, two_sizes(row.answer, ": ", answer_style(row.level))) +
                        element("td", {}, two_sizes(row.figure, "\n", "value")) +
                        element("td", {}, control_lines(row.control)) +
                        (i < verdict.own.size() ? own_cell(verdict.own[i]) : "")) +
            "\n";
  }
  return rows;
}

/// "top-1" must not break at its hyphen.
std::string lead_paragraph(std::string text) {
  if (const auto at = text.find("top-1"); at != std::string::npos) text.replace(at, 5, "top\u20111");
  return paragraph(text, "lead");
}

/// A scalar as it is written in JSON, strings without quotes.
std::string plain(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

/// Command lines of the manifest and the results, each once, with quotes where a shell needs them.
std::vector<std::string> commands(const RunDocuments& run) {
  std::vector<std::string> lines;
  std::vector<std::pair<std::string, const Json*>> documents;
  const auto add = [&](const std::string& file, const std::optional<Json>& document) {
    if (document) documents.emplace_back(file, &*document);
  };
  add("manifest.json", run.manifest), add("results/train.json", run.train);
  add("results/evaluate.json", run.evaluate), add("results/probe.json", run.probe);
  add("results/intervene.json", run.intervene);
  for (const auto& [name, document] : run.ablations) documents.emplace_back("results/" + name + ".json", &document);
  add("results/saliency.json", run.saliency), add("results/patch.json", run.patch);
  add("results/ntk.json", run.ntk), add("results/llc.json", run.llc), add("results/emergence.json", run.emergence);
  for (const auto& [file, document] : documents) {
    const auto command = Field(file, *document).find("command");
    if (!command) continue;
    std::string line;
    for (const auto& word : command->list()) {
      std::string text = word.text();
      if (line.empty()) text = text.substr(text.rfind('/') + 1);  // the program's name, not where it was built
      line += (line.empty() ? "" : " ") + shell_word(text);
    }
    if (!line.empty() && std::find(lines.begin(), lines.end(), line) == lines.end()) lines.push_back(line);
  }
  return lines;
}

}  // namespace

std::string head_section(const RunDocuments& run) {
  const Verdict found = verdict_of(run);
  const std::string head = std::string(
                               "<tr><th scope=\"col\">Question</th><th scope=\"col\">Answer</th><th "
                               "scope=\"col\">Figure (95 % interval)</th>"
                               "<th scope=\"col\">Controls, and the paired difference from each</th>") +
                           (run.shipped ? "<th scope=\"col\">Your model</th>" : "") + "</tr>\n";
  std::string links;
  for (const auto& [anchor, name] : {std::pair{"run", "The run"},
                                     {"learning", "Learning"},
                                     {"shipped", "The shipped model"},
                                     {"evaluation", "Move by move"},
                                     {"probe", "Reading the board"},
                                     {"intervention", "Changing the board"},
                                     {"ablation", "What parts are worth"},
                                     {"saliency", "What moves rest on"},
                                     {"patch", "Where moves come from"},
                                     {"theory", "Theories"},
                                     {"reproduce", "Reproduce"}}) {
    if (anchor == std::string_view("saliency") && !run.saliency) continue;
    if (anchor == std::string_view("patch") && !run.patch) continue;
    if (anchor == std::string_view("shipped") && !run.shipped) continue;
    if (anchor == std::string_view("theory") && !has_theory(run)) continue;
    if (anchor == std::string_view("ablation") && run.ablations.empty()) continue;
    links += element("a", {{"href", std::string("#") + anchor}}, name) + "\n";
  }
  return element("header", {},
                 "\n" + paragraph("Othello-GPT report · " + run.name, "eyebrow") +
                     element("h1", {}, escape(verdict_sentence(found) + ".")) + "\n" +
                     lead_paragraph(found.trained_on) + (run.shipped ? lead_paragraph(found.own_trained_on) : "") +
                     element("div", {{"class", "scroll"}},
                             element("table", {{"class", run.shipped ? "verdict both" : "verdict"}},
                                     element("thead", {}, head) + element("tbody", {}, verdict_rows(found)))) +
                     "\n" + element("nav", {{"aria-label", "Sections"}}, "\n" + links)) +
         "\n";
}

namespace {

std::string run_facts(const RunDocuments& run) {
  std::vector<std::pair<std::string, std::string>> items;
  const Field config("config.json", run.config);
  const auto add = [&](const std::optional<Field>& section, const char* name, const std::string& label, auto text) {
    if (!section) return;
    if (const auto field = section->find(name)) items.emplace_back(label, text(*field));
  };
  const auto count = [](const Field& field) { return format_count(field.number()); };
  const auto shorted = [](const Field& field) { return format_short(field.number()); };
  const auto text = [](const Field& field) { return field.text(); };
  const auto seconds = [](const Field& field) {
    const double value = field.number(0);
    return value < 90 ? fmt::format("{:.0f} s", value) : fmt::format("{:.1f} min", value / 60);
  };
  const auto model = config.find("model"), train = config.find("train");
  std::optional<Field> manifest, trained;
  if (run.manifest) manifest = Field("manifest.json", *run.manifest);
  if (run.train) trained = Field("results/train.json", *run.train);
  add(model, "board", "Board", [](const Field& f) { return fmt::format("{0} × {0}", f.board().side); });
  add(model, "layers", "Layers", count);
  add(model, "d_model", "Width (d_model)", count);
  add(model, "heads", "Attention heads", count);
  add(trained, "parameters", "Parameters", shorted);
  add(train, "player", "Player", text);
  if (trained && trained->find("trained")) add(trained, "trained", "How it was trained", text);
  else add(train, "targets", "Training targets", text);
  add(trained, "games", "Games", count);
  add(trained, "steps", "Steps", count);
  add(train, "batch_games", "Games per step", count);
  add(trained, "seconds", "Training time", seconds);
  add(trained, "games_per_second", "Games per second", count);
  add(trained, "workers", "Workers", count);
  add(manifest, "cpu", "Processor", text);
  add(manifest, "libtorch", "LibTorch", text);
  add(manifest, "version", "Version", text);
  add(manifest, "git", "Revision", text);
  if (manifest && manifest->find("seed")) add(manifest, "seed", "Seed", count);
  else add(train, "seed", "Seed", count);
  return facts(items);
}

}  // namespace

std::string facts_section(const RunDocuments& run) { return section("run", "The run", run_facts(run)); }

std::string shipped_section(const RunDocuments& shipped) {
  return section("shipped", shipped.who,
                 paragraph("Minutes of training show how it learns; this model was trained for longer on the same "
                           "board. From here to the end of the interventions everything is about it.") +
                     run_facts(shipped));
}

std::string reproduce_section(const RunDocuments& run) {
  std::string lines;
  for (const auto& line : commands(run)) lines += line + "\n";
  std::string settings;
  for (const auto& part : run.config.items()) {
    if (!part.value().is_object()) continue;
    std::vector<Cells> rows;
    for (const auto& item : part.value().items()) rows.push_back({part.key() + "." + item.key(), plain(item.value())});
    settings += table({"Setting", "Value"}, rows);
  }
  std::string text = lines.empty() ? paragraph("This run does not say which command made it.")
                                   : paragraph("What made this run:") + code_block(lines);
  text += paragraph(
              "Games, labels and cases are functions of the seed: the same seed gives the same ones everywhere, "
              "and on the same machine and libraries the same weights.") +
          paragraph("To write this page again from the run's folder:") +
          code_block("othello-gpt report " + shell_word(run.model));
  if (!settings.empty()) text += folded("All settings", settings);
  return section("reproduce", "How to reproduce", text);
}

}  // namespace othello
