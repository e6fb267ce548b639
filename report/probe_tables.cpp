// The tables of the probe section: what needs no picture.
#include <algorithm>
#include <map>
#include <set>

#include "report/format.h"
#include "report/html.h"
#include "report/probe_pictures.h"

namespace othello {
namespace {

std::string part(const std::string& heading, const std::string& text, const std::string& markup) {
  return element("h3", {}, escape(heading)) + "\n" + paragraph(text, "detail") + markup;
}

std::string selectivity_part(const ProbeResults& probe, const std::vector<Selectivity>& list) {
  if (list.empty()) return "";
  std::vector<Cells> rows;
  for (const auto& row : list)
    rows.push_back({place_name(row.site) + (row.site == probe.best_site ? " (best)" : ""),
                    format_defined(row.accuracy, Unit::percent), format_defined(row.control_task, Unit::percent),
                    format_defined(row.selectivity, Unit::points), format_defined(row.shuffled, Unit::percent)});
  return part("Could the probe have learned anything?",
              "The control task has labels that are drawn once for each move and ply, as frequent as the real ones: it "
              "takes memory, not a board. Selectivity is how much better the board is read than that. A layer that "
              "only passes on the moves gives a selectivity near 0 or below; shuffled labels give what guessing gives.",
              table({"Where", "Board", "Control task", "Selectivity", "Shuffled labels"}, rows));
}

std::string length_part(const ProbeMeasures& measures) {
  if (!measures.information || measures.information->lengths.empty()) return "";
  std::vector<Cells> rows;
  std::optional<double> uniform;
  for (const auto& row : measures.information->lengths) {
    if (row.uniform) uniform = row.uniform;
    rows.push_back({input_name(row.name), format_defined(row.codelength, Unit::plain),
                    format_defined(row.compression, Unit::plain)});
  }
  return part("How short does each input make the labels?",
              "Online description length: the labels are sent game by game, each coded by the probe fitted to those "
              "before, so that a probe that needs many games pays for them. " +
                  (uniform ? "Without a probe a label takes " + format_value(*uniform, Unit::plain) + " bits. " : "") +
                  "A model that only computes from its inputs would compress no better than the moves or than the "
                  "untrained network.",
              table({"Input", "Bits per label", "Compression"}, rows));
}

/// Rows of one target in one mode.
using Question = std::pair<std::string, std::string>;

/// The mean alone, for cells that are many; the best of several seeds or layers.
std::string best_text(const std::vector<const ProbeFigures*>& scores) {
  if (scores.empty()) return "–";
  const auto best = std::max_element(scores.begin(), scores.end(),
                                     [](const auto* a, const auto* b) { return a->rank() < b->rank(); });
  return (*best)->accuracy ? format_value((*best)->accuracy->mean, Unit::percent) : "undefined";
}

std::string others_part(const ProbeResults& probe) {
  std::map<Question, std::vector<ProbeFigures>> by_question;
  std::vector<Question> order;
  std::set<std::string> modes{probe.mode};
  for (const auto& score : probe.others) {
    const Question question{score.target, score.mode};
    auto& list = by_question[question];
    if (list.empty()) order.push_back(question);
    list.push_back(score);
    modes.insert(score.mode);
  }
  if (order.empty()) return "";
  std::set<int> layers;
  for (const auto& score : probe.others)
    if (score.is_network() && score.layer) layers.insert(*score.layer);
  Cells head{"Read"};
  for (const int layer : layers) head.push_back(layer == 0 ? "Emb." : std::to_string(layer - 1));
  for (const char* name : {"One-hot", "Untrained", "Majority"}) head.push_back(name);
  std::vector<Cells> rows;
  for (const auto& question : order) {
    const auto& scores = by_question[question];
    const auto matching = [&](const std::string& name, const std::optional<int>& layer) {
      std::vector<const ProbeFigures*> list;
      for (const auto& score : scores)
        if (score.name == name && score.kind == "ridge" && (!layer || score.layer == layer)) list.push_back(&score);
      return list;
    };
    Cells row{modes.size() > 1 ? question.first + ", " + question.second : question.first};
    for (const int layer : layers) row.push_back(best_text(matching("", layer)));
    for (const char* name : {"one-hot", "untrained", "majority"}) row.push_back(best_text(matching(name, {})));
    rows.push_back(std::move(row));
  }
  std::string text =
      "Labels read right after each block (Emb. = the embedding), beside the same probe of the moves, the best "
      "untrained "
      "network and the most common label. A model that only computes from its inputs would read every one of them as "
      "the "
      "one-hot inputs do.";
  if (std::any_of(order.begin(), order.end(),
                  [](const auto& q) { return q.first == "never-flipped" || q.first == "no-diagonals"; }))
    text +=
        " Boards by wrong rules (never-flipped, no-diagonals) are there to compare: a network that keeps the real "
        "board "
        "has no use for them, and should read them hardly better than the moves do.";
  return part("What else can be read, and where?", text, table(head, rows, "numbers"));
}

std::string transfer_part(const std::vector<TransferScore>& list) {
  if (list.empty()) return "";
  std::vector<std::string> players;
  std::vector<std::pair<std::string, std::string>> pairs;  // input, fitted on
  const auto add = [](auto& known, const auto& value) {
    if (std::find(known.begin(), known.end(), value) == known.end()) known.push_back(value);
  };
  for (const auto& row : list) add(players, row.read_on), add(pairs, std::pair(row.name, row.fitted_on));
  Cells head{"Input", "Fitted on games of"};
  for (const auto& player : players) head.push_back("Read on " + player);
  std::vector<Cells> rows;
  for (const auto& [name, fitted_on] : pairs) {
    Cells cells{input_name(name), fitted_on};
    for (const auto& player : players) {
      const auto found = std::find_if(list.begin(), list.end(), [&, n = name, f = fitted_on](const auto& row) {
        return row.name == n && row.fitted_on == f && row.read_on == player;
      });
      cells.push_back(found == list.end() ? "–" : format_defined(found->accuracy, Unit::percent));
    }
    rows.push_back(std::move(cells));
  }
  return part("Do probes fitted on one player's games read another's?",
              "A board is a board whoever plays: its probe should lose little on the other's games. What a probe has "
              "learned from the habits of a player, as that of the moves alone must, is lost with them.",
              table(head, rows));
}

}  // namespace

std::string probe_tables(const ProbeResults& probe, const ProbeMeasures& measures) {
  return others_part(probe) + selectivity_part(probe, measures.selectivity) + length_part(measures) +
         transfer_part(measures.transfer);
}

}  // namespace othello
