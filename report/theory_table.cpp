// The joined table: what each way of reading the board reaches, by how often the disc was turned.
#include <algorithm>

#include "report/html.h"
#include "report/theory_pictures.h"

namespace othello {
namespace {

/// A concept and, where discs are told apart by how often they were turned, the rung.
struct Row {
  std::string name, flips;
};

const std::vector<Row>& usual_rows() {
  static const std::vector<Row> rows{{"board", "0"},  {"board", "1"},   {"board", "2"}, {"board", "3"},
                                     {"board", "4+"}, {"occupied", ""}, {"colour", ""}, {"board", ""}};
  return rows;
}

std::string row_title(const Row& row) {
  if (row.name == "board" && row.flips.empty()) return "all squares";
  if (row.name == "board") return row.flips + (row.flips == "1" ? " flip" : " flips");
  return concept_title(row.name, row.flips);
}

/// A number over what is said of it in small.
std::string two_lines(const std::string& number, const std::string& detail) {
  return escape(number) + (detail.empty() ? "" : element("span", {{"class", "detail"}}, prose(detail)));
}

const std::string kNone = "–";

std::optional<Estimate> accuracy_at(const std::vector<FlipRung>& ladder, const std::string& flips) {
  const auto found = std::find_if(ladder.begin(), ladder.end(), [&](const auto& rung) { return rung.flips == flips; });
  return found == ladder.end() ? std::nullopt : found->accuracy;
}

std::string share_cell(const std::optional<Estimate>& e) {
  if (!e) return kNone;
  const auto bare = [](double share) { return fmt::format("{:.1f}", 100 * share); };
  return two_lines(bare(e->mean), e->high > e->low ? bare(e->low) + " to " + bare(e->high) : "");
}

/// One column: its heading, and the markup of a row's cell.
struct Column {
  std::string head;
  std::vector<std::string> cells;
  bool empty() const {
    return std::all_of(cells.begin(), cells.end(), [](const auto& cell) { return cell == kNone; });
  }
};

template <class Cell>
Column column(const std::string& head, const std::vector<Row>& rows, const Cell& cell) {
  Column made{head, {}};
  for (const auto& row : rows) made.cells.push_back(cell(row));
  return made;
}

std::vector<Column> refitted_columns(const NtkResults& ntk, const std::vector<Row>& rows) {
  using Reading = std::optional<Estimate> ConceptReading::*;
  const std::pair<const char*, Reading> readers[] = {
      {"majority", &ConceptReading::majority},          {"inputs", &ConceptReading::input},
      {"kernel, init.", &ConceptReading::kernel},       {"kernel, trained", &ConceptReading::after_kernel},
      {"probe, untrained", &ConceptReading::untrained}, {"probe, network", &ConceptReading::network}};
  // The study chooses among forms of the moves, so that the heading cannot say beforehand which it was.
  const auto head_of = [&](const std::string& head, Reading reader) {
    const bool named = reader == &ConceptReading::input && !ntk.input_site.empty();
    return named ? head + " (" + ntk.input_site + ")" : head;
  };
  std::vector<Column> columns;
  for (const auto& [head, reader] : readers)
    columns.push_back(column(head_of(head, reader), rows, [&, reader = reader](const Row& row) {
      const auto* reading = ntk.reading(row.name, row.flips);
      return reading == nullptr ? kNone : share_cell(reading->*reader);
    }));
  return columns;
}

/// What one read-out of the probes with many games, the network's or the moves' (one-hot), reaches.
std::optional<Estimate> full_reading(const ProbeFigures* figures, const Row& row) {
  if (figures == nullptr) return std::nullopt;
  if (row.name == "colour" && row.flips.empty()) return figures->colour;
  if (row.name != "board") return std::nullopt;
  return row.flips.empty() ? figures->accuracy : accuracy_at(figures->by_flips, row.flips);
}

std::string edit_cell(const InterveneResults& edits, const Row& row) {
  const auto cell = [](const std::optional<Estimate>& error, const std::optional<Estimate>& null) {
    if (!error) return kNone;
    return two_lines(
        format_value(error->mean, Unit::plain) + (null ? " / " + format_value(null->mean, Unit::plain) : ""),
        format_interval(*error, Unit::plain));
  };
  if (row.name != "board") return kNone;
  if (row.flips.empty()) {
    const auto* null = edits.control("null");
    return edits.chosen ? cell(edits.chosen->error, null ? std::optional(null->error) : std::nullopt) : kNone;
  }
  for (const auto& rung : edits.by_flips)
    if (rung.flips == row.flips) return cell(rung.error, rung.null);
  return kNone;
}

std::string onset_cell(const EmergenceResults& emergence, const Row& row) {
  const auto* onset = emergence.onset(row.name, row.flips);
  if (onset == nullptr) return kNone;
  if (!onset->games) return element("span", {{"title", onset->undefined}}, "none");
  const auto& games = *onset->games;
  return two_lines(onset->short_games(),
                   games.high > games.low ? format_short(games.low) + " to " + format_short(games.high) : "");
}

/// Reasons why estimates are not valid, lettered.
class Footnotes {
 public:
  std::string mark(const std::string& reason) {
    auto found = std::find(reasons_.begin(), reasons_.end(), reason);
    if (found == reasons_.end()) found = reasons_.insert(reasons_.end(), reason);
    return std::string(1, static_cast<char>('a' + std::min<std::ptrdiff_t>(found - reasons_.begin(), 25)));
  }
  std::string str() const {
    std::string text;
    for (std::size_t i = 0; i < reasons_.size(); ++i)
      text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", static_cast<char>('a' + std::min<std::size_t>(i, 25)),
                          reasons_[i].empty() ? "no reason given" : reasons_[i]);
    return text;
  }

 private:
  std::vector<std::string> reasons_;
};

std::string llc_cell(const LlcResults& llc, const Row& row, Footnotes& notes) {
  if (row.name != "board") return kNone;
  const auto* found = llc.last("all", row.flips.empty() ? "all" : "flips:" + row.flips);
  if (found == nullptr) return kNone;
  if (!found->valid)
    return element("span", {{"title", found->reason}}, "not valid" + element("sup", {}, notes.mark(found->reason)));
  if (!found->llc) return kNone;
  const auto& e = *found->llc;
  const auto text = short_estimate(e);  // "18.9 (15.8 to 22.0)"
  const auto open = text.find(" (");
  return open == std::string::npos ? text
                                   : two_lines(text.substr(0, open), text.substr(open + 2, text.size() - open - 3));
}

/// The usual rows and whatever else a document has, without those that no column knows.
std::vector<Row> rows_of(const TheoryResults& theory) {
  auto rows = usual_rows();
  const auto add = [&](const std::string& name, const std::string& flips) {
    if (std::none_of(rows.begin(), rows.end(), [&](const Row& r) { return r.name == name && r.flips == flips; }))
      rows.push_back({name, flips});
  };
  if (theory.ntk)
    for (const auto& c : theory.ntk->concepts) add(c.name, c.flips);
  if (theory.emergence)
    for (const auto& o : theory.emergence->onsets) add(o.name, o.flips);
  return rows;
}

/// " (500 games)"
std::string counted(const std::optional<Estimate>& e, const char* what) {
  return e && e->n > 0 ? fmt::format(" ({} {})", format_count(static_cast<double>(e->n)), what) : "";
}

std::string head_cell(const std::string& text, int columns, bool first) {
  Attributes attributes{{"scope", "col"}, {"class", columns > 0 ? "group" : ""}};
  if (first) attributes[1].second += attributes[1].second.empty() ? "first" : " first";
  if (columns > 0) attributes.push_back({"colspan", std::to_string(columns)});
  return element("th", attributes, prose(text));
}

/// The paired differences behind the sentence.
std::string difference_table(const NtkResults& ntk) {
  const auto points = [](const std::optional<Estimate>& e) { return e ? format_estimate(*e, Unit::points) : kNone; };
  std::vector<Cells> rows;
  for (const auto& c : ntk.concepts)
    rows.push_back({row_title({c.name, c.flips}), points(c.kernel_minus_input), points(c.after_minus_kernel),
                    points(c.network_minus_input), points(c.network_minus_kernel),
                    points(c.network_minus_after_kernel)});
  if (rows.empty()) return "";
  return folded("The differences, paired over games",
                table({"", "Kernel, init. − inputs", "Kernel, trained − init.", "Network − inputs",
                       "Network − kernel, init.", "Network − kernel, trained"},
                      rows, "numbers"));
}

/// Network minus another reader; where the document has no paired difference, the widest that both intervals allow.
std::optional<Estimate> gain_of(const std::optional<Estimate>& paired, const std::optional<Estimate>& network,
                                const std::optional<Estimate>& other) {
  if (paired) return paired;
  if (!network || !other) return std::nullopt;
  return Estimate{.mean = network->mean - other->mean,
                  .low = network->low - other->high,
                  .high = network->high - other->low,
                  .n = network->n};
}

/// "beyond the inputs by +5.1 points (+4.0 to +6.2)"
std::string beyond_words(const std::string& what, const std::optional<Estimate>& paired,
                         const std::optional<Estimate>& network, const std::optional<Estimate>& other) {
  const auto gain = gain_of(paired, network, other);
  if (!gain) return "";
  const std::string points = format_estimate(*gain, Unit::points) + (paired ? "" : ", not paired");
  if (!gain->clear_of_zero()) return "not clearly beyond " + what + ": " + points;
  return (gain->mean > 0 ? "beyond " : "behind ") + what + " by " + points;
}

/// Which of the theories that were fitted would have predicted that the network reads the board, " …"; "" if that is
/// not clear. A theory predicted it if the network is not clearly beyond it.
std::string answer(const NtkResults& ntk) {
  const auto* c = ntk.reading("board", "");
  if (c == nullptr || !c->network_minus_input || !c->network_minus_kernel || !c->network_minus_after_kernel) return "";
  const auto beyond = [](const std::optional<Estimate>& gain) { return gain->clear_of_zero() && gain->mean > 0; };
  const bool inputs = !beyond(c->network_minus_input), kernel = !beyond(c->network_minus_kernel),
             trained = !beyond(c->network_minus_after_kernel);
  if (inputs) return " The moves themselves, linearly read, would have predicted as much.";
  if (kernel) return " A kernel without feature learning would have predicted as much.";
  return std::string(
             " Neither the moves nor a kernel without feature learning would have predicted it; the kernel "
             "that training left ") +
         (trained ? "would." : "falls short of it too.");
}

/// In words, of a rung ("" = all squares, then beside the kernel after training too).
std::string beyond_at(const NtkResults& ntk, const std::string& flips) {
  const auto* c = ntk.reading("board", flips);
  if (c == nullptr) return "";
  std::string text;
  for (const auto& part : {beyond_words("the inputs", c->network_minus_input, c->network, c->input),
                           beyond_words("the kernel at initialisation", c->network_minus_kernel, c->network, c->kernel),
                           flips.empty() ? beyond_words("the kernel after training", c->network_minus_after_kernel,
                                                        c->network, c->after_kernel)
                                         : ""})
    if (!part.empty()) text += (text.empty() ? "" : "; ") + part;
  return text;
}

/// "Fitted on the same 512 positions, ": a lead there may be one of few positions, and not of what can be read.
std::string fitted_on(const NtkResults& ntk) {
  return "Fitted on the same " + (ntk.fit ? format_count(*ntk.fit) + " positions, " : "few positions, ");
}

std::string rung_words(const std::string& flips) {
  if (flips.empty()) return "all squares";
  if (flips == "0") return "discs never turned";
  if (flips == "1") return "discs turned once";
  return flips == "4+" ? "discs turned 4 times or more" : "discs turned " + flips + " times";
}

/// Network minus moves with many games, paired where the document has it; in words too.
std::optional<std::pair<Estimate, std::string>> full_gain(const ProbeResults& probe, const Row& row) {
  std::optional<Estimate> paired;
  if (const auto* compared = probe.compared("one-hot"))
    paired = row.flips.empty() ? std::optional(compared->gain) : accuracy_at(compared->by_flips, row.flips);
  const auto gain = gain_of(paired, full_reading(probe.best_probe(), row), full_reading(probe.control("one-hot"), row));
  if (!gain) return std::nullopt;
  return std::pair(*gain, format_estimate(*gain, Unit::points) + (paired ? "" : ", not paired"));
}

/// What the probes with many games say of the same rungs, and where a lead at few positions does not last.
std::string full_sentence(const ProbeResults& probe, const std::optional<NtkResults>& ntk) {
  const auto *network = probe.best_probe(), *inputs = probe.control("one-hot");
  if (!probe.reads_board() || network == nullptr || inputs == nullptr) return "";
  std::string text, lost;
  for (const auto* flips : {"", "0", "3", "4+"}) {
    const Row row{"board", flips};
    const auto with = full_reading(network, row), without = full_reading(inputs, row);
    const auto gain = full_gain(probe, row);
    if (!with || !without || !gain) continue;
    text += fmt::format("{} {} and {} of {}, {}", text.empty() ? "" : ";", format_estimate(*without, Unit::percent),
                        format_estimate(*with, Unit::percent), rung_words(flips), gain->second);
    const auto* few = ntk ? ntk->reading("board", flips) : nullptr;
    const auto lead = few != nullptr ? gain_of(few->network_minus_input, few->network, few->input) : std::nullopt;
    const bool led = lead && lead->clear_of_zero() && lead->mean > 0;
    if (led && gain->first.low <= 0) lost += (lost.empty() ? "" : " and ") + rung_words(flips);
  }
  if (text.empty()) return "";
  const auto games = network->fit_games ? format_count(*network->fit_games) + " games" : "many games";
  text = fmt::format("With {} to fit on, the inputs (one-hot) and the network ({}) read{}.", games,
                     place_name(network->site), text);
  if (!lost.empty())
    text += fmt::format(
        " So the lead over the inputs on {} is one of few positions: with {} this probe of the network "
        "does not lead there.",
        lost, games);
  return paragraph(text);
}

}  // namespace

std::string beyond_sentence(const NtkResults& ntk) {
  const auto all = beyond_at(ntk, "");
  return all.empty() ? "" : fitted_on(ntk) + "the network's reading of all squares goes " + all + "." + answer(ntk);
}

std::string beyond_by_flips(const NtkResults& ntk) {
  std::string text;
  for (const auto* flips : {"0", "3", "4+"})
    if (const auto some = beyond_at(ntk, flips); !some.empty())
      text += (text.empty() ? fitted_on(ntk) + "of " : " Of ") + rung_words(flips) + " it goes " + some + ".";
  return text;
}

std::string joined_table(const TheoryResults& theory) {
  const auto rows = rows_of(theory);
  std::vector<Column> refitted, whole;
  if (theory.ntk) refitted = refitted_columns(*theory.ntk, rows);
  Footnotes notes;
  std::optional<Estimate> edited;
  if (theory.intervene && theory.intervene->chosen) edited = theory.intervene->chosen->error;
  if (theory.probe && theory.probe->reads_board()) {
    const std::string games = ", % right" + counted(theory.probe->best, "games");
    const auto add = [&](const std::string& head, const ProbeFigures* figures) {
      whole.push_back(
          column(head + games, rows, [&](const Row& row) { return share_cell(full_reading(figures, row)); }));
    };
    add("full probe", theory.probe->best_probe()), add("full one-hot", theory.probe->control("one-hot"));
  }
  if (theory.intervene)
    whole.push_back(column("error: edit / none" + counted(edited, "cases"), rows,
                           [&](const Row& row) { return edit_cell(*theory.intervene, row); }));
  if (theory.emergence)
    whole.push_back(column("onset, games", rows, [&](const Row& row) { return onset_cell(*theory.emergence, row); }));
  if (theory.llc)
    whole.push_back(column("LLC", rows, [&](const Row& row) { return llc_cell(*theory.llc, row, notes); }));
  for (auto* group : {&refitted, &whole}) std::erase_if(*group, [](const Column& c) { return c.empty(); });
  if (refitted.empty() && whole.empty()) return "";

  std::string groups = element("th", {}, ""), heads = element("th", {{"scope", "col"}}, "What is read");
  if (!refitted.empty()) {
    std::string fit = "Fitted to the same positions";
    if (theory.ntk->fit) fit = "Fitted to the same " + format_count(*theory.ntk->fit) + " positions";
    groups += head_cell(fit + ", % right", static_cast<int>(refitted.size()), false);
  }
  if (!whole.empty())
    groups += head_cell("The network by itself, and one-hot beside its probe", static_cast<int>(whole.size()),
                        !refitted.empty());
  std::vector<const Column*> columns;
  for (const auto& c : refitted) columns.push_back(&c);
  for (const auto& c : whole) columns.push_back(&c);
  const auto is_first = [&](std::size_t i) { return !refitted.empty() && i == refitted.size(); };
  for (std::size_t i = 0; i < columns.size(); ++i) heads += head_cell(columns[i]->head, 0, is_first(i));
  std::string body;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    if (std::all_of(columns.begin(), columns.end(), [&](const Column* c) { return c->cells[r] == kNone; })) continue;
    std::string n;
    if (theory.ntk)
      if (const auto* reading = theory.ntk->reading(rows[r].name, rows[r].flips))
        if (const auto& e = reading->network ? reading->network : reading->kernel; e && e->n > 0)
          n = "n = " + format_count(static_cast<double>(e->n));
    std::string cells = element("th", {{"scope", "row"}}, two_lines(row_title(rows[r]), n));
    for (std::size_t i = 0; i < columns.size(); ++i)
      cells += element("td", is_first(i) ? Attributes{{"class", "first"}} : Attributes{}, columns[i]->cells[r]);
    body += element("tr", {}, cells) + "\n";
  }
  std::string markup;
  if (theory.probe) markup = full_sentence(*theory.probe, theory.ntk);
  markup += element("div", {{"class", "scroll"}},
                    element("table", {{"class", "joined"}},
                            element("thead", {}, element("tr", {}, groups) + element("tr", {}, heads)) +
                                element("tbody", {}, body))) +
            "\n";
  if (const auto text = notes.str(); !text.empty())
    markup += paragraph("Why an LLC is not valid: " + text + ".", "detail");
  if (theory.ntk) markup += difference_table(*theory.ntk);
  return markup;
}

std::string legality_table(const NtkResults& ntk) {
  if (ntk.legality.empty()) return "";
  const auto share = [](const std::optional<Estimate>& e) { return e ? format_estimate(*e, Unit::percent) : kNone; };
  std::vector<Cells> rows;
  for (const auto& row : ntk.legality)
    rows.push_back({reader_title(row.source), share(row.legal_top1), share(row.balanced)});
  const auto n = ntk.legality.front().legal_top1 ? ntk.legality.front().legal_top1->n : 0;
  return figure(
      "Legality stands apart: it is what the network was trained on, with far more games.",
      table({"Read-out", "First choice is legal", "Legal or not, balanced"}, rows, "numbers"),
      "Each read-out scores every square as legal or not for the next move. The row of the network is the model "
      "itself, as trained; the others were fitted to the few positions of the table above, so that they may lag behind "
      "without any difference in kind. The first column is how often the square scored highest is a legal move; the "
      "second is the mean of the shares right among legal and among other squares (50 % = guessing). With 95 % "
      "intervals" +
          (n > 0 ? fmt::format(" over {} positions.", format_count(static_cast<double>(n))) : "."));
}

}  // namespace othello
