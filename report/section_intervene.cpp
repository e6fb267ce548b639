// Whether the board inside is used: errors after editing it, by layer range and beside controls, and examples.
#include <algorithm>

#include "engine/notation.h"
#include "report/board_picture.h"
#include "report/html.h"
#include "report/intervene_pictures.h"
#include "report/sections.h"
#include "report/svg.h"

namespace othello {
namespace {

/// What the edit does, by its name in the document.
std::string how_edited(const std::string& edit) {
  if (edit == "coordinate") return "by exchanging what the probe reads for the square's states";
  if (edit == "gradient") return "by descending the probe's loss until it reads the other board";
  if (edit == "donor") return "by putting the inner state of another game in its place";
  return "by pushing its inner state along the probe's direction";
}

std::string intervention_finding(const InterveneResults& results) {
  if (!results.chosen) return "No edit was reported.";
  std::string text = "Editing " + range_name(results.chosen->first, results.chosen->last) + " leaves an error of " +
                     format_value(results.chosen->error.mean, Unit::plain) + " per position";
  if (const auto* null = results.control("null"))
    text += "; without an edit it is " + format_value(null->error.mean, Unit::plain);
  if (const auto* random = results.control("random-direction"))
    text += ", with a random edit " + format_value(random->error.mean, Unit::plain);
  return text + ".";
}

/// How many cases there are, and what they are like.
std::string case_text(const InterveneResults& results) {
  if (!results.balance) return "";
  const auto& b = *results.balance;
  std::string text = fmt::format("{} cases", format_count(results.cases));
  if (!results.case_set.empty()) text += " (" + results.case_set + ")";
  text += b.first_ply == b.last_ply ? fmt::format(" after {} moves", b.first_ply)
                                    : fmt::format(" after {} to {} moves", b.first_ply, b.last_ply);
  text += results.held_out ? ": " : " of games not held out: ";
  text += fmt::format("on average {:.2f} moves are legal before the change, {:.2f} after it, {:.2f} in one only.",
                      b.legal_before, b.legal_after, b.difference);
  if (!results.rejected || *results.rejected == 0) return text;
  text += fmt::format(" {} were rejected", format_count(*results.rejected));
  std::string reasons;
  for (const auto& [reason, number] : results.drawn_again)
    reasons += fmt::format("{}{}: {}", reasons.empty() ? "" : "; ", reason, format_count(number));
  return text + (reasons.empty() ? "" : " (" + reasons + ")") + ".";
}

std::string preset_text(const InterveneResults& results) {
  if (!results.preset || !results.chosen) return "";
  const auto& p = *results.preset;
  std::string text = fmt::format(
      "Preset {} ({}). The paper's model has an error of {:.2f} with the edit and {:.2f} "
      "without; this one {}",
      p.name, p.paper, p.error, p.null, format_estimate(results.chosen->error, Unit::plain));
  if (const auto* null = results.control("null")) text += " and " + format_estimate(null->error, Unit::plain);
  return text + "." + (p.note.empty() ? "" : " " + p.note);
}

std::string bound_text(const InterveneResults& results) {
  if (!results.null_lower_bound) return "";
  return "Without an edit, a model whose top moves are the legal ones of the real board has an error of at least " +
         format_value(*results.null_lower_bound, Unit::plain) + ".";
}

/// Where in a block of the range.
std::string place_text(const std::string& site) {
  if (site == "attn_out") return "in what attention adds in each block of a range";
  if (site == "mlp_out") return "in what the MLP adds in each block of a range";
  if (site.empty() || site.ends_with("resid_post")) return "after each block of a range";
  return "at " + site + " of each block of a range";
}

std::string main_figure(const InterveneResults& results) {
  const std::string matrix = range_matrix(results);
  std::string reading =
      "The board is changed inside the network (as a rule one disc is flipped), " +
      how_edited(results.chosen ? results.chosen->name : "") + " " + place_text(results.site) +
      ", while the moves at the input stay as they are. If the network computes its moves "
      "from this board, its top moves become the legal moves of the changed board; the error counts the legal ones "
      "missed and the illegal ones taken. ";
  if (!matrix.empty())
    reading += "The matrix has every range of blocks, the chosen one outlined; the bars have that one on other cases, ";
  else reading += "The bars have the edit and its controls, ";
  reading += "with 95 % intervals: it must be clearly shorter than no edit and than a random edit of the same size.";
  std::string notes;
  for (const auto& note : {bound_text(results), untrained_text(results), preset_text(results)})
    if (!note.empty()) notes += paragraph(note, "detail");
  std::vector<std::string> pictures{control_bars(results)};
  if (!matrix.empty()) pictures.insert(pictures.begin(), matrix);
  return figure(intervention_finding(results), side_by_side(pictures, "wide") + notes, reading) +
         difference_table(results);
}

std::string ply_range(const PlyStretch& stretch) {
  return stretch.first == stretch.last ? std::to_string(stretch.first)
                                       : fmt::format("{} to {}", stretch.first, stretch.last);
}

std::string curve_figure(const InterveneResults& results) {
  std::vector<std::string> charts;
  std::string finding, reading;
  if (const auto scales = scale_chart(results); !scales.empty()) {
    charts.push_back(scales);
    if (results.chosen_on && *results.chosen_on > 0)
      finding = fmt::format("At scale {:g} the edit does best on the cases that choose", results.chosen->scale);
    reading =
        "By scale, a lasting gap between the edit and the others means that the direction matters and not how far "
        "it goes.";
    if (results.chosen->probe_layer)
      reading += fmt::format(
          " The chosen edit goes along the probe behind block {} everywhere, the line \"edit\" along "
          "the probe of each place.",
          *results.chosen->probe_layer);
    reading += " ";
  }
  if (const auto plies = ply_chart(results); !plies.empty()) {
    charts.push_back(plies);
    for (const auto* stretch : {&results.by_ply.front(), &results.by_ply.back()})
      if (stretch->error && stretch->null)
        finding += fmt::format("{}fter {} moves {} leaves {} of {}", finding.empty() ? "A" : "; a", ply_range(*stretch),
                               finding.empty() ? "the edit" : "it", format_value(stretch->error->mean, Unit::plain),
                               format_value(stretch->null->mean, Unit::plain));
    reading += "By ply, whiskers are 95 % intervals over cases.";
  }
  if (charts.empty()) return "";
  if (finding.empty()) finding = "The edit by ply";
  return figure(finding + ".", side_by_side(charts), reading);
}

std::string score_figure(const InterveneResults& results) {
  const std::string scores = score_table(results);
  if (scores.empty()) return "";
  std::string finding;
  const auto compare = [&](const char* score, const char* what) {
    const auto* null = results.control("null");
    if (null == nullptr || !null->scores.contains(score) || !results.chosen->scores.contains(score)) return;
    finding += fmt::format("{}{} {} with the edit, {} without", finding.empty() ? "" : "; ", what,
                           format_value(results.chosen->scores.at(score).mean, Unit::percent),
                           format_value(null->scores.at(score).mean, Unit::percent));
  };
  compare("mass_gained", "Newly legal moves get a probability of");
  compare("untouched_squares_read", "of the squares left alone a probe reads");
  if (finding.empty()) finding = "The same edit by other measures";
  finding += ".";
  const auto count = format_count(static_cast<double>(results.chosen->error.n));
  const std::string real = results.rollout_real_board
                               ? ", of those that follow the edit (real board, no edit: " +
                                     format_value(results.rollout_real_board->mean, Unit::percent) + ")"
                               : "";
  return figure(finding, scores,
                fmt::format("Means over {} cases with 95 % intervals. F1: of as many top moves as are legal after the "
                            "change. KL: from the uniform distribution over these to the model's. Logit difference: "
                            "of moves legal only after the change less those legal only before. Played on: moves that "
                            "the changed board forbids{}. Other squares: those that were not changed, read by the "
                            "probe behind the edit; fewer than without an edit are its cost.",
                            count, real));
}

/// One mark of the boards with its meaning.
std::string key(const std::string& meaning, const Svg& mark) {
  return element("span", {}, mark.str() + escape(meaning)) + "\n";
}

std::string board_key() {
  const auto mark = [](const std::string& title, auto draw_mark) {
    Svg svg(18, 18, title);
    draw_mark(svg);
    return key(title, svg);
  };
  return element("div", {{"class", "key"}}, mark("legal move", [](Svg& s) {
                                              s.circle(9, 9, 7, "legal");
                                            }) + mark("legal, but not among the model's top moves", [](Svg& s) {
                                              s.circle(9, 9, 7, "legal missed");
                                            }) + mark("among the top moves, but not legal", [](Svg& s) {
                                              s.line(4, 4, 14, 14, "wrong");
                                              s.line(14, 4, 4, 14, "wrong");
                                            }) + mark("the disc that is flipped", [](Svg& s) {
                                              s.rect(2, 2, 14, 14, "flipped");
                                            }) + mark("shade and number: the model's probability, %", [](Svg& s) {
                                              s.cell(2, 2, 14, 14, hex(warm(0.6)));
                                            }));
}

/// The squares whose legality the flip changes, with the model's probability before and after.
std::string changes(const EditExample& e) {
  std::vector<Cells> rows;
  for_each_square(e.before.legal ^ e.after.legal, [&](Square s) {
    const auto share = [&](const EditExample::Side& side) {
      const auto& p = side.probability[static_cast<std::size_t>(s)];
      return p ? format_value(*p, Unit::percent) : std::string("–");
    };
    rows.push_back({square_name(s), (e.after.legal & bit(s)) ? "becomes legal" : "no longer legal", share(e.before),
                    share(e.after)});
  });
  return table({"Square", "By the rules", "Before", "After"}, rows);
}

std::string spaced(const std::string& history) {
  std::string text;
  for (std::size_t i = 0; i < history.size(); ++i) {
    if (i > 0 && i % 2 == 0) text += ' ';
    text += history[i];
  }
  return text;
}

std::string example(const EditExample& e, const BoardSize& board, int number) {
  const std::string square = square_name(e.square);
  const char* mover = e.to_move == Color::black ? "Black" : "White";
  const auto side = [&](const EditExample::Side& s, const std::string& name, const std::string& detail) {
    const BoardPicture picture{.title = name + ": " + detail,
                               .size = board,
                               .black = s.black,
                               .white = s.white,
                               .legal = s.legal,
                               .probability = s.probability,
                               .highlighted = e.square};
    return element("p", {{"class", "caption"}}, escape(name) + " " + element("span", {}, escape(detail))) +
           draw(picture);
  };
  const bool to_white = e.after.white & bit(e.square);
  const bool erased = !to_white && !(e.after.black & bit(e.square));
  const char* change = erased ? "removed" : to_white ? "turned white" : "turned black";
  const std::string effect = fmt::format("Wrong moves for the changed board: {:g} without the edit, {:g} with it.",
                                         e.before.error, e.after.error);
  return element("h3", {},
                 escape(fmt::format("Example {}: {} {}, {} to move", number, square, change,
                                    e.to_move == Color::black ? "black" : "white"))) +
         "\n" + paragraph("After " + spaced(e.history), "detail") +
         side_by_side(
             {side(e.before, "Before", "the real board, no edit"),
              side(e.after, "After", square + (erased ? " removed" : " flipped") + " inside the network"),
              element("div", {{"class", "changes"}},
                      element("p", {{"class", "caption"}}, escape(std::string("What should change for ") + mover)) +
                          changes(e) + paragraph(effect, "detail"))});
}

}  // namespace

std::string intervention_section(const RunDocuments& run) {
  const std::string heading = "Does the network use the board?";
  if (!run.intervene)
    return section(run.anchors + "intervention", heading,
                   missing("The board inside was not edited yet.", result_command("intervene", run.model)));
  const InterveneResults results = read_intervene(*run.intervene);
  std::string text;
  if (const auto cases = case_text(results); !cases.empty()) text += paragraph(cases);
  text += main_figure(results) + curve_figure(results) + score_figure(results);
  if (!results.examples.empty()) {
    std::string examples = board_key();
    int number = 0;
    for (const auto& e : results.examples) examples += example(e, results.board, ++number);
    text += figure(
        "Three positions, before and after the edit.", examples,
        "Left, the real position and what the model expects next. Right, the same position with one disc flipped "
        "(framed): rings are the legal moves of that board, numbers are the model's probabilities after the same "
        "flip was made inside it. A perfect edit puts all its probability inside the rings on the right.");
  }
  return section(run.anchors + "intervention", heading, text);
}

}  // namespace othello
