#include "report/verdict.h"

#include <algorithm>
#include <cmath>

#include "report/document.h"
#include "report/format.h"
#include "report/intervene_results.h"
#include "report/probe_measures.h"
#include "report/probe_results.h"

namespace othello {
namespace {

/// Below this share of what was left to gain, an effect is called small.
constexpr double kThird = 1.0 / 3;

std::string control_name(const std::string& name) {
  if (name == "untrained") return "same network, untrained";
  if (name == "majority") return "majority of each square and ply";
  if (name == "one-hot") return "one-hot (ply, move) inputs";
  if (name == "bag-of-moves") return "bag of moves";
  if (name == "null") return "no edit";
  if (name == "random-direction") return "random direction";
  return name;
}

/// "91.3 % of squares", and under it "(91.1 to 91.5; 500 games)".
std::string figure_text(const Estimate& value, Unit unit, std::string_view counted, std::string_view of) {
  const std::string text = format_estimate(value, unit, counted);
  const auto bracket = text.find(" (");
  return text.substr(0, bracket) + " " + std::string(of) + "\n" + text.substr(bracket + 1) + "\n";
}

/// A control with its own figure and what the finding differs from it by, paired.
std::string control_line(const std::string& name, const Estimate& value, const Estimate* difference, Unit unit,
                         Unit difference_unit) {
  std::string text = control_name(name) + ": " + format_estimate(value, unit);
  if (difference == nullptr) return text + "\npaired difference not measured";
  std::string gain = format_estimate(*difference, difference_unit);
  if (difference_unit == Unit::plain && difference->mean > 0) gain = "+" + gain;
  return text + "\npaired difference " + gain;
}

bool above(const Estimate* difference) { return difference != nullptr && difference->n > 1 && difference->low > 0; }
bool below(const Estimate* difference) { return difference != nullptr && difference->n > 1 && difference->high < 0; }

/// "4.2 points", without a sign.
std::string points(double share) {
  std::string text = format_value(std::abs(share), Unit::points);
  return text.starts_with('+') ? text.substr(1) : text;
}

/// Why the probe's lead over a control does not count.
std::string no_lead(const Estimate& difference, const std::string& what) {
  if (below(&difference)) return "no: " + points(difference.mean) + " below " + what;
  return "no: not clearly above " + what + ", " + format_estimate(difference, Unit::points);
}

std::string probe_figure(const ProbeResults& probe) {
  const std::string place = place_name(probe.best_site);
  return figure_text(*probe.best, Unit::percent, "games", "of squares") + "read right by a linear probe " +
         (place.starts_with("after") ? place : "at " + place) +
         (probe.held_out ? ", on games never trained on" : ", on games not held out");
}

std::string probe_controls(const ProbeResults& probe, const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names)
    if (const auto* control = probe.control(name))
      text += (text.empty() ? "" : "\n") +
              control_line(name, *control->accuracy, probe.difference(name), Unit::percent, Unit::points);
  return text;
}

/// Why probes cannot answer a question about the board; "" if they can.
std::string not_about_board(const ProbeResults& probe) {
  if (!probe.reads_board()) return "not shown: the probes read " + probe.labels() + ", not the board";
  if (!probe.best) return "not shown: the accuracy is undefined, as every label is the same";
  return "";
}

/// A row for `probe`; with an answer already if the probes cannot give one.
VerdictRow probe_row(const std::string& question, const ProbeResults& probe) {
  VerdictRow row{.question = question, .answer = not_about_board(probe), .figure = "–", .control = "–"};
  if (row.answer.empty()) row.figure = probe_figure(probe), row.control.clear();
  return row;
}

VerdictRow represented(const ProbeResults& probe) {
  auto row = probe_row("Is the board represented?", probe);
  if (!row.answer.empty()) return row;
  row.control = probe_controls(probe, {"untrained", "bag-of-moves", "majority"});
  const auto* untrained = probe.difference("untrained");
  const auto* majority = probe.difference("majority");
  if (untrained == nullptr || probe.control("untrained") == nullptr) {
    row.answer = "not shown: the untrained network was not measured";
    return row;
  }
  row.level = Answer::no;
  if (!above(untrained)) {
    row.answer = no_lead(*untrained, "the same network untrained");
  } else if (majority != nullptr && !above(majority)) {
    row.answer = no_lead(*majority, "the majority guess");
  } else if (const auto* bag = probe.difference("bag-of-moves"); bag != nullptr && !above(bag)) {
    row.answer = no_lead(*bag, "a bag of the moves played");
  } else {
    row.level = Answer::yes;
    row.answer = "yes: " + points(untrained->mean) + " above the same network untrained";
  }
  return row;
}

/// In bits, beside the difference of accuracies: conditional V-information given the moves.
void add_information(VerdictRow& row, const ProbeMeasures& measures) {
  if (!measures.information) return;
  for (const auto& c : measures.information->conditional) {
    if (!c.information) continue;
    const std::string bits = format_estimate(*c.information, Unit::plain);
    if (c.control) {
      row.control += "\n" + control_name("untrained") + ", beyond the moves: " + bits + " bits";
    } else {
      row.figure += "\nbeyond the moves: " + bits + " bits per square";
      if (c.left_open) row.figure += ", of " + format_value(c.left_open->mean, Unit::plain) + " that they leave open";
    }
  }
}

VerdictRow beyond_moves(const ProbeResults& probe, const ProbeMeasures& measures) {
  auto row = probe_row("Linearly, beyond what the moves give?", probe);
  if (!row.answer.empty()) return row;
  // The strongest control that sees the moves and no network; the one-hot inputs must be among those measured.
  std::string strongest = "one-hot";
  const auto* one_hot = probe.control("one-hot");
  const auto* bag = probe.control("bag-of-moves");
  if (one_hot == nullptr || probe.difference("one-hot") == nullptr) {
    row.answer = "not shown: the one-hot inputs were not measured";
    return row;
  }
  if (bag != nullptr && bag->accuracy->mean > one_hot->accuracy->mean && probe.difference("bag-of-moves") != nullptr)
    strongest = "bag-of-moves";
  row.control = probe_controls(probe, {strongest});
  add_information(row, measures);
  const Estimate& gain = *probe.difference(strongest);
  if (!above(&gain)) {
    row.level = Answer::no;
    row.answer = no_lead(gain, "what the moves alone give");
    return row;
  }
  const double left_open = 1 - probe.control(strongest)->accuracy->mean;
  const double closed = left_open > 0 ? gain.mean / left_open : 1;
  row.level = closed < kThird ? Answer::partly : Answer::yes;
  row.answer = fmt::format("{}: {} above what the moves alone give, {:.0f} % of the way from there to 100 %",
                           row.level == Answer::yes ? "yes" : "only a little", points(gain.mean), 100 * closed);
  return row;
}

VerdictRow used(const InterveneResults& results) {
  VerdictRow row{.question = "Used causally?", .answer = {}, .figure = {}, .control = {}};
  for (const auto& name : {"null", "random-direction"})
    if (const auto* control = results.control(name))
      row.control += (row.control.empty() ? "" : "\n") +
                     control_line(name, control->error, results.difference(name), Unit::plain, Unit::plain);
  const auto* null = results.control("null");
  const auto* gain = results.difference("null");
  const auto* over_random = results.difference("random-direction");
  if (!results.chosen) {
    row.answer = "not shown: no edit was reported";
    return row;
  }
  const auto& edit = *results.chosen;
  row.figure = fmt::format("{}illegal moves taken + legal ones missed, after flipping a disc inside {} (scale {:g})",
                           figure_text(edit.error, Unit::plain, "cases", "error per position"),
                           edit.first == edit.last ? fmt::format("block {}", edit.first)
                                                   : fmt::format("blocks {} to {}", edit.first, edit.last),
                           edit.scale);
  if (null == nullptr || gain == nullptr || over_random == nullptr) {
    row.answer = "not shown: the edit was not compared with no edit and a random direction";
    return row;
  }
  row.level = Answer::no;
  if (!below(gain)) {
    row.answer = "no: the error does not clearly fall when the board inside is edited";
  } else if (!below(over_random)) {
    row.answer = "no: a random direction of the same size does as well";
  } else {
    const double removed = null->error.mean > 0 ? -gain->mean / null->error.mean : 0;
    row.level = removed < kThird ? Answer::partly : Answer::yes;
    row.answer = fmt::format("{}: editing the board inside removes {:.0f} % of the error",
                             row.level == Answer::yes ? "yes" : "partly", 100 * removed);
  }
  return row;
}

VerdictRow unmeasured(const std::string& question, const std::string& command, const std::string& model) {
  return {.question = question,
          .answer = "not measured: run " + result_command(command, model),
          .figure = "–",
          .control = "–",
          .level = Answer::unknown};
}

/// `path` ("model.board") in the first of the documents that has it.
template <class Read>
auto first_of(const Findings& f, const char* config_section, const char* name, const Read& read)
    -> std::optional<decltype(read(std::declval<const Field&>()))> {
  const std::pair<const char*, const Json*> documents[] = {
      {"results/evaluate.json", f.evaluate}, {"results/probe.json", f.probe}, {"results/intervene.json", f.intervene}};
  for (const auto& [file, json] : documents)
    if (json != nullptr)
      if (const auto model = Field(file, *json).find("model"))
        if (const auto value = model->find(name)) return read(*value);
  if (f.config != nullptr)
    if (const auto section = Field("config.json", *f.config).find(config_section))
      if (const auto value = section->find(name)) return read(*value);
  return std::nullopt;
}

std::string trained_on(const Findings& f) {
  const auto text_of = [](const Field& field) { return field.text(); };
  auto trained = first_of(f, "train", "trained", text_of);
  if (!trained && f.train != nullptr)
    if (const auto field = Field("results/train.json", *f.train).find("trained")) trained = field->text();
  if (!trained)
    if (const auto targets = first_of(f, "train", "targets", text_of)) trained = "trained on " + *targets + " targets";
  const auto board = first_of(f, "model", "board", [](const Field& field) { return field.board().side; });
  std::string text = f.who + " was " + trained.value_or("trained on targets that are not recorded");
  std::string detail;
  if (f.train != nullptr) {
    const Field train("results/train.json", *f.train);
    detail = format_count(train["games"].number(0)) + " games";
    const auto before = train.find("games_before");
    if (before && before->number(0) > 0) detail += " (after " + format_count(before->number(0)) + " in runs before it)";
  }
  if (board) detail += (detail.empty() ? "games of " : " of ") + fmt::format("{0}×{0} Othello", *board);
  if (!detail.empty()) text += " in " + detail;
  if (f.evaluate == nullptr) return text + "; legal top-1 not measured.";
  const auto legal = Field("results/evaluate.json", *f.evaluate)["legal_top1"].share();
  return text + "; legal top-1 " + format_estimate(legal, Unit::percent, "games") + ".";
}

}  // namespace

std::string result_command(const std::string& name, const std::string& model) {
  if (const std::string edit = "intervene-"; name.starts_with(edit)) {
    const auto method = name.substr(edit.size());
    return result_command("intervene", model) + " --edit " + method + (method == "subspace" ? " --square SQUARE" : "");
  }
  const std::string command = "othello-gpt " + name + " --model " + shell_word(model);
  return name == "patch" ? command + " --clean GAME --corrupt GAME" : command;
}

Verdict verdict(const Findings& f) {
  Verdict result;
  result.trained_on = trained_on(f);
  if (f.probe != nullptr) {
    const auto probe = read_probe(*f.probe);
    result.rows = {represented(probe), beyond_moves(probe, read_measures(*f.probe))};
  } else {
    result.rows = {unmeasured("Is the board represented?", "probe", f.model),
                   unmeasured("Linearly, beyond what the moves give?", "probe", f.model)};
  }
  result.rows.push_back(f.intervene != nullptr ? used(read_intervene(*f.intervene))
                                               : unmeasured("Used causally?", "intervene", f.model));
  return result;
}

Verdict verdict(const Json* evaluate, const Json* probe, const Json* intervene, const Json* train, const Json* config) {
  return verdict(
      {.config = config, .train = train, .evaluate = evaluate, .probe = probe, .intervene = intervene, .model = "RUN"});
}

}  // namespace othello
