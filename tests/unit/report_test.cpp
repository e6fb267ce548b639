// The report and its verdict: a reader must never be told more than the documents show, and a run with holes or
// damage in it must still give a page or a sentence that says what is wrong.
#include "report/report.h"

#include <sstream>
#include <string>
#include <vector>

#include "common/files.h"
#include "report/axis.h"
#include "report/board_picture.h"
#include "report/chart.h"
#include "report/format.h"
#include "report/html.h"
#include "report/intervene_results.h"
#include "report/probe_measures.h"
#include "report/svg.h"
#include "tests/support/files.h"
#include "tests/support/test.h"
#include "tests/unit/report_fake_interventions.h"
#include "tests/unit/report_fake_run.h"
#include "tests/unit/report_fake_theory.h"

using namespace othello;
using namespace othello::test;

namespace {

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++n;
  return n;
}

/// The first tag that is not closed where it should be, or "".
std::string unbalanced_tag(const std::string& html) {
  std::vector<std::string> open;
  for (auto at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
    const auto end = html.find('>', at);
    if (end == std::string::npos) return "a tag without an end";
    const std::string tag = html.substr(at + 1, end - at - 1);
    const std::string name = tag.substr(0, tag.find_first_of(" /\n", 1));
    if (tag.starts_with('!') || name == "meta" || tag.ends_with('/')) continue;
    if (tag.starts_with('/')) {
      if (open.empty() || "/" + open.back() != tag) return tag;
      open.pop_back();
    } else {
      open.push_back(name);
      if (name == "style") at = html.find("</style", end) - 1;
    }
  }
  return open.empty() ? "" : open.back();
}

Verdict verdict_of(const fake::Story& story) {
  const Json evaluate = fake::evaluate(story), probe = fake::probe(story), intervene = fake::intervene(story);
  const Json train = fake::train(story);
  return verdict(&evaluate, &probe, &intervene, &train);
}

}  // namespace

TEST_CASE("Text from a run cannot break out of the page") {
  CHECK(escape("<b a=\"1\">&'") == "&lt;b a=&quot;1&quot;&gt;&amp;&#39;");
  CHECK(escape(std::string("a\0b\x1b", 4)) == "ab");
  CHECK(element("p", {{"title", "\"<"}}, "x") == "<p title=\"&quot;&lt;\">x</p>");
  Svg svg(10, 10, "a < b");
  svg.text(1, 1, "<script>", Anchor::start, "");
  svg.circle(1, 1, 1, "dot");
  svg.hint("c & d");
  CHECK_FALSE(contains(svg.str(), "<script>"));
  CHECK(contains(svg.str(), "<title>a &lt; b</title>"));
  CHECK(contains(svg.str(), "><title>c &amp; d</title></circle>"));
  CHECK(unbalanced_tag(svg.str()) == "");
}

TEST_CASE("Numbers keep their digits, signs and units") {
  CHECK(format_value(0.9134, Unit::percent) == "91.3 %");
  CHECK(format_value(0.031, Unit::points) == "+3.1 points");
  CHECK(format_value(-0.0121, Unit::points) == "−1.2 points");
  CHECK(format_value(0.0002, Unit::points) == "+0.02 points");
  CHECK(format_value(-1.254, Unit::plain) == "−1.25");
  CHECK(format_value(-0.0001, Unit::percent) == "0.0 %");
  const Estimate narrow{.mean = 0.2401, .low = 0.2372, .high = 0.2431, .n = 2000};
  CHECK(format_estimate(narrow, Unit::plain) == "0.240 (0.237 to 0.243)");
  CHECK(format_estimate({.mean = 0.913, .low = 0.91, .high = 0.916, .n = 1500}, Unit::percent, "games") ==
        "91.3 % (91.0 to 91.6; 1,500 games)");
  CHECK(format_count(1234567) == "1,234,567");
  CHECK(format_short(187392) == "187 k");
  CHECK(format_short(1195008) == "1.2 M");
  CHECK(format_short(2000) == "2 k");
  CHECK(keep_units("1 to 2, back to it") == "1\u00a0to\u00a02, back to it");
  CHECK(shell_word("runs/a") == "runs/a");
  CHECK(shell_word("it's") == "'it'\\''s'");
}

TEST_CASE("Ticks are round and labels keep their distance") {
  CHECK(round_ticks(0, 1, 5) == std::vector<double>{0, 0.2, 0.4, 0.6000000000000001, 0.8, 1});
  CHECK(round_ticks(3, 3, 5).size() == 1);
  CHECK(round_ticks(-1e15, 1e15, 5).size() < 16);
  CHECK(log_ticks(90, 150000) == std::vector<double>{100, 1000, 10000, 100000});
  CHECK(log_ticks(100, 600) == std::vector<double>{100, 200, 500});
  const auto placed = spread({50, 10, 52, 51}, 10, 0, 100);
  CHECK(placed[1] == 10);
  CHECK(placed[0] == test::Approx(41));  // the middle one of three stays where the three want to be
  CHECK(placed[3] == test::Approx(51));
  CHECK(placed[2] == test::Approx(61));
  CHECK(spread({99, 99}, 10, 0, 100) == std::vector<double>{90, 100});
  CHECK(spread({}, 10, 0, 100).empty());
}

TEST_CASE("Charts of nothing, of one point and of extreme numbers still draw") {
  LineChart chart;
  chart.title = "t";
  CHECK(unbalanced_tag(draw(chart)) == "");
  for (const double value : {0.0, 1e15, -1e15}) {
    chart.series = {{.name = "a", .points = {chart_point(5, value)}, .tone = "network", .markers = true}};
    for (const bool log_x : {false, true}) {
      chart.log_x = log_x;
      CHECK(unbalanced_tag(draw(chart)) == "");
      CHECK_FALSE(contains(draw(chart), "nan"));
      CHECK_FALSE(contains(draw(chart), "inf"));
    }
  }
  chart.series[0].points = {chart_point(0, 1)};  // not on a logarithmic axis
  CHECK_FALSE(contains(draw(chart), "<circle"));
}

TEST_CASE("The marks on a board are those that the error counts") {
  SquareValues probability{};
  probability[10] = 0.5;
  probability[11] = 0.3;
  probability[12] = 0.2;
  const Bits legal = bit(10) | bit(12);
  CHECK(top_moves(probability, legal) == (bit(10) | bit(11)));
  const BoardPicture picture{.title = "t",
                             .size = kBoard6,
                             .black = bit(28),
                             .white = bit(27),
                             .legal = legal,
                             .probability = probability,
                             .highlighted = 27};
  const std::string svg = draw(picture);
  CHECK(occurrences(svg, "class=\"square\"") == 36);
  CHECK(occurrences(svg, "class=\"legal\"") == 1);
  CHECK(occurrences(svg, "class=\"legal missed\"") == 1);
  CHECK(occurrences(svg, "class=\"wrong\"") == 2);  // the two strokes of a cross
  CHECK(occurrences(svg, "class=\"flipped\"") == 1);
  CHECK(contains(svg, ">b</text>"));
  CHECK_FALSE(contains(svg, ">a</text>"));
  CHECK(occurrences(draw(BoardPicture{.title = "t", .size = kBoard8}), "class=\"square\"") == 64);
}

TEST_CASE("Clear findings are called so, with interval, sample size and control") {
  const auto found = verdict_of({.over_one_hot = 0.08});
  REQUIRE(found.rows.size() == 3);
  CHECK(contains(found.trained_on, "trained on sampled moves (as told) in 187,200 games of 6×6 Othello"));
  CHECK(contains(found.trained_on, "legal top-1 96.4 % (96.2 to 96.6; 2,000 games)"));
  CHECK(found.rows[0].answer == "yes: 12.0 points above the same network untrained");
  CHECK(found.rows[1].answer == "yes: 8.0 points above what the moves alone give, 62 % of the way from there to 100 %");
  CHECK(found.rows[2].answer == "yes: editing the board inside removes 50 % of the error");
  for (const auto& row : found.rows) {
    CHECK(row.level == Answer::yes);
    CHECK(contains(row.figure, row.question == "Used causally?" ? "400 cases)" : "500 games)"));
    CHECK(contains(row.control, "paired difference"));
  }
  CHECK(contains(found.rows[1].control, "one-hot (ply, move) inputs: 87.1 %"));
}

TEST_CASE("Small, absent and negative effects are never called yes") {
  CHECK(verdict_of({.over_one_hot = 0.031})
            .rows[1]
            .answer.starts_with("only a little: 3.1 points above what the moves alone give"));
  CHECK(verdict_of({.over_one_hot = 0.002}).rows[1].answer ==
        "no: not clearly above what the moves alone give, +0.2 points (−0.1 to +0.5)");
  CHECK(verdict_of({.over_one_hot = -0.021}).rows[1].answer == "no: 2.1 points below what the moves alone give");
  CHECK(verdict_of({.over_untrained = 0.001}).rows[0].level == Answer::no);
  CHECK(verdict_sentence(verdict_of({.over_one_hot = 0.031})) ==
        "The network carries the board, but only a little beyond what the moves alone give; editing it changes the "
        "moves");
  CHECK(verdict_sentence(verdict_of({.over_one_hot = -0.021, .error_removed = 0.2})) ==
        "A board can be read from the network, but no better than from the moves alone; editing it changes the moves "
        "only "
        "a little");
  CHECK(verdict_of({.error_removed = 0.2}).rows[2].answer ==
        "partly: editing the board inside removes 20 % of the error");
  CHECK(verdict_of({.error_removed = 0.01}).rows[2].answer.starts_with("no: the error does not clearly fall"));
  CHECK(contains(verdict_of({.targets = "expected"}).trained_on, "trained on expected moves (as told)"));
}

TEST_CASE("A yes needs every control") {
  const fake::Story story;
  Json probe = fake::probe(story), intervene = fake::intervene(story);
  intervene["differences"]["random-direction"] = fake::estimate(-0.05, 0.1, 400);
  CHECK(verdict(nullptr, nullptr, &intervene).rows[2].answer == "no: a random direction of the same size does as well");
  intervene["differences"].erase("random-direction");
  CHECK(verdict(nullptr, nullptr, &intervene).rows[2].answer.starts_with("not shown: "));

  probe["best"]["differences"]["majority"] = fake::estimate(0.001, 0.01, 500);
  CHECK(verdict(nullptr, &probe, nullptr).rows[0].level == Answer::no);
  probe["best"]["differences"].erase("untrained");
  CHECK(verdict(nullptr, &probe, nullptr).rows[0].answer.starts_with("not shown: "));
  probe["best"]["differences"]["one-hot"] = fake::estimate(0.04, 0, 1);  // one game shows nothing
  CHECK(verdict(nullptr, &probe, nullptr).rows[1].level == Answer::no);
  probe["best"]["differences"].erase("one-hot");
  CHECK(verdict(nullptr, &probe, nullptr).rows[1].answer.starts_with("not shown: "));

  // A bag of moves that beats the one-hot inputs becomes the control to beat.
  probe = fake::probe(story);
  for (auto& control : probe["controls"])
    if (control["name"] == "bag-of-moves") control["accuracy"] = fake::estimate(0.9, 0.003, 500);
  probe["best"]["differences"]["bag-of-moves"] = fake::estimate(0.013, 0.003, 500);
  const auto row = verdict(nullptr, &probe, nullptr).rows[1];
  CHECK(contains(row.control, "bag of moves: 90.0 %"));
  CHECK(row.answer.starts_with("only a little: 1.3 points"));
}

TEST_CASE("A verdict names the command of what is missing and fits the terminal") {
  const auto nothing = verdict(nullptr, nullptr, nullptr);
  REQUIRE(nothing.rows.size() == 3);
  CHECK(contains(nothing.rows[0].answer, "othello-gpt probe --model RUN"));
  CHECK(contains(nothing.rows[2].answer, "othello-gpt intervene --model RUN"));
  CHECK(contains(verdict_sentence(nothing), "not measured"));
  for (const int columns : {80, 100, 140}) {
    std::istringstream lines(verdict_table(verdict_of({}), columns));
    for (std::string line; std::getline(lines, line);) CHECK(text_columns(line) <= columns);
  }
  CHECK(contains(verdict_table(verdict_of({})), "Is the board"));
  CHECK_FALSE(contains(verdict_table(verdict_of({})), "\u00a0"));
}

TEST_CASE("A malformed document is an error that names file and field") {
  const fake::Story story;
  const auto probe_error = [&](const auto& damage) {
    Json probe = fake::probe(story);
    damage(probe);
    return error_of([&] { verdict(nullptr, &probe, nullptr); });
  };
  const auto intervene_error = [&](const auto& damage) {
    Json intervene = fake::intervene(story);
    damage(intervene);
    return error_of([&] { verdict(nullptr, nullptr, &intervene); });
  };
  CHECK(probe_error([](Json& j) { j["best"]["accuracy"]["mean"] = "high"; }) ==
        "results/probe.json: field 'best.accuracy.mean' must be a number, not \"high\"");
  CHECK(contains(probe_error([](Json& j) { j.erase("probes"); }), "results/probe.json: field 'probes' is missing"));
  CHECK(contains(probe_error([](Json& j) { j["probes"][2]["accuracy"]["low"] = 91.3; }), "'probes[2].accuracy.low'"));
  CHECK(contains(probe_error([](Json& j) { j["probes"][0]["per_square"].push_back(1); }), "'probes[0].per_square'"));
  CHECK(contains(probe_error([](Json& j) { j["controls"] = 3; }), "'controls' must be an array"));
  CHECK(contains(probe_error([](Json& j) { j = Json::array(); }), "results/probe.json: an object was expected"));
  CHECK(contains(probe_error([](Json& j) { j["model"]["trained"] = 3; }), "'model.trained'"));
  CHECK(contains(intervene_error([](Json& j) { j["model"]["board"] = 7; }), "'model.board' must be 6 or 8"));
  CHECK(contains(intervene_error([](Json& j) { j["examples"][1]["square"] = "a1"; }), "'examples[1].square'"));
  CHECK(contains(intervene_error([](Json& j) { j["examples"][0]["discs_before"] = "XO"; }),
                 "'examples[0].discs_before'"));
  CHECK(contains(intervene_error([](Json& j) { j["edits"][0]["first_layer"] = 1.5; }), "'edits[0].first_layer'"));
  CHECK(contains(intervene_error([](Json& j) { j["edits"][9]["last_layer"] = 0; }), "'edits[9].last_layer'"));
  CHECK(contains(intervene_error([](Json& j) { j["cases"] = nullptr; }), "'cases'"));
  const auto full_error = [&](const auto& damage) {
    return intervene_error([&](Json& j) { damage(j = fake::full_intervene(story)); });
  };
  CHECK(full_error([](Json& j) { j["maps"][1]["cells"][2]["error"] = "x"; }) ==
        "results/intervene.json: field 'maps[1].cells[2].error' must be a number, not \"x\"");
  CHECK(contains(full_error([](Json& j) { j["maps"][0].erase("name"); }), "'maps[0].name' is missing"));
  CHECK(contains(full_error([](Json& j) { j["by_ply"][1]["null"]["n"] = -1; }), "'by_ply[1].null.n'"));
  CHECK(contains(full_error([](Json& j) { j["by_ply"][0]["last"] = 61; }), "'by_ply[0].last'"));
  CHECK(contains(full_error([](Json& j) { j["controls"][2]["f1"]["high"] = 1.5; }), "'controls[2].f1.high'"));
  CHECK(contains(full_error([](Json& j) { j["balance"]["by_ply"] = 3; }), "'balance.by_ply' must be an array"));
  CHECK(contains(full_error([](Json& j) { j["drawn_again"] = 3; }), "'drawn_again' must be an object"));
  CHECK(contains(full_error([](Json& j) { j["null_lower_bound"] = "low"; }), "'null_lower_bound'"));
  CHECK(contains(full_error([](Json& j) { j["preset"].erase("paper"); }), "'preset.paper' is missing"));
}

TEST_CASE("The report is one file that loads nothing from anywhere") {
  for (const fake::Story& story : {fake::Story{}, fake::Story{.board = 8, .layers = 8, .targets = "expected"}}) {
    const TemporaryFolder folder;
    const std::string html = render_report(fake::full_run(folder.path(), story));
    CHECK(unbalanced_tag(html) == "");
    CHECK(html.starts_with("<!doctype html>"));
    for (const char* outside : {"http://", "https://", "src=", "@import", "url(", "<script", "<link"})
      CHECK_FALSE(contains(html, outside));
    for (const char* bad : {"nan", "inf\"", "null"}) CHECK_FALSE(contains(html, bad));
    CHECK(occurrences(html, "role=\"img\"") == occurrences(html, "<svg"));
    CHECK(occurrences(html, "<svg ") == occurrences(html, "aria-label") - 1);  // and one on the links
    CHECK(occurrences(html, "Accuracy per square:") ==
          2 * (static_cast<std::size_t>(story.layers) + 3));  // title and label
    CHECK(occurrences(html, "<h3>Example") == 3);
    for (const char* anchor : {"run", "learning", "evaluation", "probe", "intervention", "reproduce"}) {
      CHECK(contains(html, fmt::format("href=\"#{}\"", anchor)));
      CHECK(contains(html, fmt::format("<section id=\"{}\"", anchor)));
    }
    CHECK(contains(html, "othello-gpt quickstart --out runs/fake"));
    CHECK_FALSE(contains(html, "build/othello-gpt"));
    CHECK(occurrences(html, "(as told)") == 2);  // in the lead and among the facts
    CHECK(contains(html, "Distinction recall"));
  }
}

TEST_CASE("A page about a run and a shipped model tells them apart") {
  const TemporaryFolder folder;
  const auto run = fake::full_run(folder.path() / "run", fake::Story{.over_one_hot = 0.001});
  const std::string alone = render_report(run);
  const auto shipped = fake::full_run(folder.path() / "run" / kShippedFolder, fake::Story{.over_one_hot = 0.1});
  CHECK(render_report(run) == alone);  // some other run
  Json facts = fake::train({});
  facts["shipped"] = "pretrained/mini";
  shipped.write_result("train", facts);

  const auto found = run_verdict(run);
  REQUIRE(found.own.size() == 3);
  CHECK(found.rows[1].level == Answer::yes);
  CHECK(found.own[1].level != Answer::yes);
  CHECK(found.trained_on.starts_with("The shipped model pretrained/mini was trained on"));
  CHECK(found.own_trained_on.starts_with("Your model was trained on"));
  for (const int columns : {80, 100, 140}) {
    std::istringstream lines(verdict_table(found, columns));
    for (std::string line; std::getline(lines, line);) CHECK(text_columns(line) <= columns);
  }
  const std::string html = render_report(run);
  CHECK(unbalanced_tag(html) == "");
  for (const char* id : {"run", "learning", "shipped", "evaluation", "probe", "intervention", "own-evaluation",
                         "own-probe", "own-intervention", "reproduce"})
    CHECK(occurrences(html, fmt::format("<section id=\"{}\"", id)) == 1);
  CHECK(html.find("id=\"probe\"") < html.find("<summary>The same about your model"));

  write_file(shipped.result_file("probe"), R"({"schema":"othello-gpt/probe/1"})");
  CHECK(contains(error_of([&] { render_report(run); }), "run/shipped/results/probe.json"));
}

TEST_CASE("Each missing result leaves a section that says how to get it") {
  const fake::Story story;
  const TemporaryFolder empty_folder;
  const std::string empty = render_report(fake::empty_run(empty_folder.path(), story));
  CHECK(unbalanced_tag(empty) == "");
  for (const char* name : {"evaluate", "probe", "intervene"})
    CHECK(contains(empty, fmt::format("othello-gpt {} --model {}", name, empty_folder.path().string())));
  for (const char* name : {"train", "evaluate", "probe", "intervene"}) {
    const TemporaryFolder folder;
    const RunFolder run = fake::full_run(folder.path(), story);
    std::filesystem::remove(run.result_file(name));
    CHECK(unbalanced_tag(render_report(run)) == "");
  }
  const TemporaryFolder folder;
  const RunFolder run = fake::full_run(folder.path(), story);
  std::filesystem::remove(run.manifest_file());
  std::filesystem::remove(run.metrics_file());
  CHECK(unbalanced_tag(render_report(run)) == "");
}

TEST_CASE("Documents without their optional parts still make a report") {
  const fake::Story story;
  const TemporaryFolder folder;
  const RunFolder run = fake::full_run(folder.path(), story);
  Json probe = fake::probe(story), intervene = fake::intervene(story), evaluate = fake::evaluate(story);
  for (const char* list : {"probes", "controls"})
    for (auto& entry : probe[list]) {
      entry.erase("per_square");
      entry.erase("colour_on_occupied");
    }
  intervene["examples"] = Json::array();
  intervene["edits"] = Json::array();
  evaluate["floor"] = evaluate["excess"] = evaluate["kl_player"] = nullptr;
  evaluate.erase("world_model");
  for (auto& ply : evaluate["by_ply"]) ply["floor"] = nullptr;
  run.write_result("probe", probe);
  run.write_result("intervene", intervene);
  run.write_result("evaluate", evaluate);
  CHECK(unbalanced_tag(render_report(run)) == "");
}

TEST_CASE("What stands for several is ranked on the games that choose, where a document has them") {
  Json document = fake::full_probe({});
  for (auto& row : document["controls"])
    if (row["name"] == "untrained") row["chosen_at"] = row["seed"] == 2 ? 0.7 : 0.6;  // read the other way round
  document["best"]["differences"].erase("untrained");
  const auto results = read_probe(document);
  for (const auto* score : layer_line(results.controls, "untrained")) CHECK(score->seed == 2);
  CHECK(results.control("untrained")->seed == 2);
}

TEST_CASE("Controls by their labels are no read-outs of the board") {
  Json document = fake::full_probe({});
  const auto before = read_probe(document);
  const auto site = document["best"]["site"];
  const auto add = [&](const char* name, const char* target, bool at_site) {
    Json row{{"name", name}, {"kind", "ridge"}, {"target", target}, {"frame", "mover"}, {"mode", "by-parity"}};
    row["accuracy"] = fake::estimate(0.5, 0.01, 500), row["chosen_at"] = 0.5;
    if (at_site) row["site"] = site, row["layer"] = 1;
    document["controls"].push_back(row);
  };
  add("control-task", "control-task:mine-yours-empty", true), add("shuffled-labels", "shuffled:mine-yours-empty", true);
  add("wrong-rule", "never-flipped", true), add("wrong-rule", "never-flipped", false);
  const auto results = read_probe(document);
  CHECK(results.probes.size() == before.probes.size());
  CHECK(results.controls.size() == before.controls.size());
  REQUIRE(results.others.size() == before.others.size() + 2);
  CHECK(results.others[results.others.size() - 2].is_network());
  CHECK(results.others.back().name == "one-hot");
}

TEST_CASE("Patching has a section where two games were compared, and none where they were not") {
  const fake::Story story;
  const TemporaryFolder folder;
  const RunFolder run = fake::full_run(folder.path(), story);
  const auto page = [&](const Json& patch) {
    run.write_result("patch", patch);
    const std::string html = render_report(run);
    CHECK(unbalanced_tag(html) == "");
    return plain_spaces(html);
  };
  CHECK_FALSE(contains(render_report(run), "Where does a move come from?"));
  Json patch = fake::patch(story);
  const std::string whole = page(patch);
  for (const char* part : {"Where does a move come from?", "Where moves come from",
                           "Before block 3, the last position alone carries 64.0 %",
                           "Clean game: d3c5f6f3e3d2 (logit difference 8.80; legal here only: b6)", ">6 d2<",
                           "The largest of the 6 parts of the logit of b6", "a random direction by 1.0 points"})
    CHECK(contains(whole, part));
  patch.erase("saliency");
  CHECK_FALSE(contains(page(patch), "random direction by"));
  for (auto& row : patch["grid"]) row["recovery"] = std::vector<Json>(6);  // nulls
  patch["approximation_error"] = Json::array();
  CHECK(contains(page(patch), "does not tell the two games apart"));
  const auto message = [&](const auto& damage) {
    Json damaged = fake::patch(story);
    damage(damaged);
    return error_of([&] { page(damaged); });
  };
  CHECK(contains(message([](Json& j) { j["grid"][3]["recovery"].push_back(1); }),
                 "results/patch.json: field 'grid[3].recovery' must be an array of 6"));
  CHECK(contains(message([](Json& j) { j["clean"]["history"] = "d3d3"; }), "'clean.history' must be a game"));
  CHECK(contains(message([](Json& j) { j["corrupt"]["history"] = "d3"; }), "'corrupt.history' must be a game of 6"));
  CHECK(contains(message([](Json& j) { j["saliency"]["raw"][27] = 2; }), "'saliency.raw[27]'"));
  CHECK(contains(message([](Json& j) { j["model"]["step"] = 1; }), "--clean GAME --corrupt GAME"));
}

TEST_CASE("Maps of saliency have a section with their controls where they were made") {
  const fake::Story story;
  const TemporaryFolder folder;
  const RunFolder run = fake::full_run(folder.path(), story);
  const auto page = [&](const Json& document) {
    run.write_result("saliency", document);
    const std::string html = render_report(run);
    CHECK(unbalanced_tag(html) == "");
    return plain_spaces(html);
  };
  CHECK_FALSE(contains(render_report(run), "Does a move rest on"));
  const std::string whole = page(fake::saliency(story));
  for (const char* part :
       {"Does a move rest on the discs that make it legal?", "What moves rest on", "moves rest on the discs that make",
        "71.2 % (68.2 to 74.2; 300 positions)", "random direction 50.6 %, untrained model 51.3 %",
        "a disc without which the move would be illegal it is 94.0 %", "by chance in 14.4 %",
        "The position in which c3 is the model", ">close its lines<", "blocks 1 to 3 (0.15 of its norm)"})
    CHECK(contains(whole, part));
  Json weak = fake::saliency(story);
  weak["differences"]["random"] = fake::estimate(0.02, 0.03, 300);
  CHECK(contains(page(weak), "is not shown"));
  weak["differences"]["untrained"] = nullptr, weak["auroc"]["decisive"] = nullptr, weak["examples"] = Json::array();
  for (auto& row : weak["classes"]) row["untrained"] = nullptr;
  CHECK(contains(page(weak), "undefined"));
  const auto message = [&](const auto& damage) {
    Json damaged = fake::saliency(story);
    damage(damaged);
    return error_of([&] { page(damaged); });
  };
  CHECK(contains(message([](Json& j) { j["examples"][0]["game"] = "d3d3"; }),
                 "results/saliency.json: field 'examples[0].game' must be a game"));
  CHECK(contains(message([](Json& j) { j["examples"][0]["board"] = "X"; }), "64 characters"));
  CHECK(contains(message([](Json& j) { j["examples"][0]["raw"][27] = 2; }), "'examples[0].raw[27]'"));
  CHECK(contains(message([](Json& j) { j["settings"]["layers"] = Json::array({1}); }), "two blocks"));
  CHECK(contains(message([](Json& j) { j["model"]["step"] = 1; }), "othello-gpt saliency --model"));
}

TEST_CASE("Every measure of an intervention is on the page, and a document without them still makes one") {
  const fake::Story story;
  const TemporaryFolder folder;
  const RunFolder run = fake::full_run(folder.path(), story);
  const auto page_of = [&](const Json& document) {
    run.write_result("intervene", document);
    const std::string page = render_report(run);
    CHECK(unbalanced_tag(page) == "");
    for (const char* bad : {"nan", "null"}) CHECK_FALSE(contains(page, bad));
    return page;
  };
  const std::string page = page_of(fake::full_intervene(story));
  // What each part puts on the page, and what holds it.
  const std::vector<std::pair<std::string, std::string>> parts{
      {"600 cases (natural) after 4\u00a0to\u00a027 moves: on average 6.29 moves are legal before the change, 6.52",
       "/balance"},
      {"12 were rejected (the legal moves stay as they were: 12)", "/rejected"},
      {"(the legal moves stay as they were: 12)", "/drawn_again"},
      {"(natural)", "/case_set"},
      {"Intervention error by scale", "/maps"},
      {">lower bound 0.50</text>", "/null_lower_bound"},
      {"Intervention error by ply", "/by_ply"},
      {"after 4\u00a0to\u00a011 moves it leaves 0.50 of 2.75", "/by_ply"},
      {">12–19</text>", "/by_ply"},
      {"Logit difference (122 cases)", "/edits/21/logit_difference"},
      {"Illegal when played on", "/edits/21"},
      {"real board, no edit: 0.7\u00a0%", "/rollout_real_board"},
      {"Preset li2023 (Li et al. 2023). The paper&#39;s model has an error of 0.12 with the edit and 2.68", "/preset"}};
  for (const auto& [text, place] : parts) {
    INFO(text);
    CHECK(contains(page, text));
    Json document = fake::full_intervene(story);
    const Json::json_pointer pointer(place);
    if (pointer.parent_pointer().empty() || !document[pointer.parent_pointer()].is_array())
      document[pointer.parent_pointer()].erase(pointer.back());
    else document[pointer] = fake::intervene(story)[pointer];  // the edit without other scores
    CHECK_FALSE(contains(page_of(document), text));
  }
  // All controls have a bar but the untrained model, whose errors would make the others look alike.
  for (const char* name : {"no edit", "random direction, as far", "wrong square", "probe of another layer (block 0)",
                           "board left as it is"}) {
    INFO(name);
    CHECK(contains(page, fmt::format(">{}</text>", name)));
  }
  CHECK_FALSE(contains(page, ">untrained model</text>"));
  CHECK(contains(page,
                 "An untrained model, edited along its own probes, has an error of 10.12 (9.98\u00a0to\u00a010.26), "
                 "and of 10.07 (9.93\u00a0to\u00a010.21) without the edit."));
  CHECK(contains(page, "<td>–</td>"));  // the logit difference without an edit is undefined

  const std::string old = page_of(fake::intervene(story));
  CHECK(contains(old, "Intervention error of the chosen edit"));
  for (const auto& part : parts) CHECK_FALSE(contains(old, part.first));
  // One range, one scale, one ply: nothing to draw by.
  Json fixed = fake::full_intervene(story);
  fixed["edits"] = Json::array({fixed["edits"].back()});
  for (auto& map : fixed["maps"]) map["cells"] = Json::array({map["cells"][1]});
  fixed["by_ply"] = Json::array({fixed["by_ply"][0]});
  const std::string alone = page_of(fixed);
  for (const char* picture : {"by first and last block", "error by scale", "error by ply"})
    CHECK_FALSE(contains(alone, picture));
  // Whole curves of many scales, of which some are named.
  Json wide = fake::full_intervene(story);
  for (auto& map : wide["maps"]) {
    map["cells"] = Json::array();
    for (int i = 1; i <= 30; ++i)
      map["cells"].push_back({{"first_layer", 2}, {"last_layer", 4}, {"scale", 31 - i}, {"error", 0.1 * i}});
  }
  const auto curve = read_intervene(wide).map("edit")->at(2, 4);
  REQUIRE(curve.size() == 30);
  CHECK(curve.front().scale == 1);
  CHECK(contains(page_of(wide), ">16</text>"));
}

TEST_CASE("A disc that an edit removes is not called flipped") {
  const fake::Story story;
  const TemporaryFolder folder;
  const RunFolder run = fake::full_run(folder.path(), story);
  Json document = fake::full_intervene(story);
  const std::string square = document["examples"][0]["square"];
  std::string discs = document["examples"][0]["discs_after"];
  discs[static_cast<std::size_t>(parse_square(square, board_size(story.board)))] = '-';
  document["examples"][0]["discs_after"] = discs;
  run.write_result("intervene", document);
  const std::string page = render_report(run);
  CHECK(contains(page, "Example 1: " + square + " removed, "));
  CHECK(contains(page, square + " removed inside the network"));
}

TEST_CASE("What parts are worth has a section where it was measured") {
  const fake::Story story;
  const TemporaryFolder folder;
  const RunFolder run = fake::full_run(folder.path(), story);
  const auto page = [&] {
    const std::string html = render_report(run);
    CHECK(unbalanced_tag(html) == "");
    return html;
  };
  CHECK_FALSE(contains(page(), "#ablation"));
  for (const char* name : {"mean", "zero", "resample", "erase", "iterative-erase"}) {
    INFO(name);
    Json document = fake::ablation(story, name);
    document["command"] = {"othello-gpt", "intervene", "--edit", name};
    run.write_result(std::string("intervene-") + name, document);
    const std::string html = page();
    for (const char* text : {"href=\"#ablation\"", "<section id=\"ablation\"",
                             "leaves an error of 3.72, a random change of the same size of 1.29; with nothing taken "
                             "away it is 0.08",
                             "<th scope=\"row\">nothing</th>", "3.64 (3.59\u00a0to\u00a03.69)",
                             "The 10 with the largest errors of 12, all measured on the same 900 cases"})
      CHECK(contains(html, text));
    CHECK(contains(html, fmt::format("othello-gpt intervene --edit {}\n", name)));
    CHECK(contains(html, std::string(name).ends_with("erase") ? "block 0, rank 68" : "block 0, head 0"));
    CHECK_FALSE(contains(html, std::string(name).ends_with("erase") ? "block 5, rank" : "block 5, head 1"));
    std::filesystem::remove(run.result_file(std::string("intervene-") + name));
  }
  run.write_result("intervene-subspace", fake::subspace(story));
  for (const char* text :
       {"A subspace of 2 dimensions that was searched for, swapped after block 1, leaves an error of "
        "0.61; no edit of 1.63; a random one of 1.59.",
        "71.2\u00a0% (68.2\u00a0to\u00a074.2)", "Distributed alignment search for c2",
        "−8.19 (−8.24\u00a0to\u00a0−8.14)"})
    CHECK(contains(page(), text));
  Json stale = fake::subspace(story);
  stale["model"]["step"] = 1;
  run.write_result("intervene-subspace", stale);
  CHECK(contains(error_of([&] { page(); }),
                 "results/intervene-subspace.json belongs to step 1 of another state of the run; measure it anew: "
                 "othello-gpt intervene --model " +
                     folder.path().string() + " --edit subspace --square SQUARE"));
}

TEST_CASE("Every measure of a probe document is on the page, and a document without them still makes one") {
  const fake::Story story;
  const TemporaryFolder folder;
  const RunFolder run = fake::full_run(folder.path(), story);
  // What each part puts on the page, and what holds it.
  const std::vector<std::pair<std::string, std::string>> parts{
      {"how often the disc was turned", ""},
      {"network minus control, points", "/best/differences_by_flips"},
      {"ply (number of moves played)</text>", ""},
      {"the network adds 0.27 (0.26\u00a0to\u00a00.29) bits per square, of the 0.70 that they leave open",
       "/information"},
      {"Fitted on 483 of them, what the network adds would be 0.31", "/information/conditional/0/at_half"},
      {"games fitted on</text>", "/learning_curves"},
      {"Random features of width 256 give 72.8\u00a0%", "/widths"},
      {"rank of the probe</text>", ""},
      {"61.2\u00a0% (60.9\u00a0to\u00a061.5)", "/selectivity"},
      {"3.17 (3.07\u00a0to\u00a03.27)", "/information"},
      {"Read on greedy", "/transfer"},
      {"have a cosine of 0.35 on average; random ones have a size of 0.07", "/similarity"},
      {"<th scope=\"row\">legal, by-parity</th>", ""}};
  const std::string page = render_report(run);
  for (const auto& [text, place] : parts) {
    INFO(text);
    CHECK(contains(page, text));
    if (place.empty()) continue;
    Json document = fake::full_probe(story);
    const Json::json_pointer pointer(place);
    document[pointer.parent_pointer()].erase(pointer.back());
    run.write_result("probe", document);
    const std::string without = render_report(run);
    CHECK(unbalanced_tag(without) == "");
    CHECK_FALSE(contains(without, text));
  }
  CHECK(contains(page, "at each layer the best of 2 with fresh weights"));

  run.write_result("probe", fake::probe(story));  // as versions before these measures wrote it
  const std::string old = render_report(run);
  CHECK(unbalanced_tag(old) == "");
  CHECK(contains(old, "all squares: mine, yours or empty"));
  for (const auto& part : parts)
    if (part.first != "ply (number of moves played)</text>") CHECK_FALSE(contains(old, part.first));
}

TEST_CASE("Targets, modes, seeds and kinds of probe do not mix") {
  const fake::Story story;
  const Json document = fake::full_probe(story);
  const auto old = read_probe(fake::probe(story)), results = read_probe(document);
  CHECK(results.best->mean == old.best->mean);
  for (const char* name : {"majority", "bag-of-moves", "one-hot", "untrained"}) {
    REQUIRE(results.control(name) != nullptr);
    CHECK(results.control(name)->accuracy->mean == old.control(name)->accuracy->mean);
  }
  for (const char* name : {"", "untrained"}) {
    const auto line = layer_line(name[0] == 0 ? results.probes : results.controls, name);
    const auto before = layer_line(name[0] == 0 ? old.probes : old.controls, name);
    REQUIRE(line.size() == static_cast<std::size_t>(story.layers) + 1);
    for (std::size_t i = 0; i < line.size(); ++i) {
      CHECK(line[i]->layer == static_cast<int>(i));
      CHECK(line[i]->accuracy->mean == before[i]->accuracy->mean);
    }
  }
  // Heads and MLPs of a layer stay out of the line of the residual stream.
  Json more = document;
  more["probes"].push_back(more["probes"][1]);
  more["probes"].back().update({{"site", "blocks.0.hook_mlp_out"}, {"accuracy", fake::estimate(0.998, 0.001, 500)}});
  const auto with_mlp = read_probe(more);
  CHECK(layer_line(with_mlp.probes, "")[1]->accuracy->mean == old.probes[1].accuracy->mean);
  // A logistic probe of the same control is not the one that the difference is from.
  more["controls"].push_back(more["controls"].back());
  const double wanted = results.control("one-hot")->accuracy->mean;
  more["controls"].back().update({{"name", "one-hot"},
                                  {"kind", "logistic"},
                                  {"target", "mine-yours-empty"},
                                  {"mode", "by-parity"},
                                  {"accuracy", fake::estimate(wanted, 0.001, 400)}});
  CHECK(read_probe(more).control("one-hot")->accuracy->n == 500);
}

TEST_CASE("Undefined measures say so and never count for an answer") {
  const fake::Story story;
  const TemporaryFolder folder;
  const RunFolder run = fake::full_run(folder.path(), story);
  Json document = fake::full_probe(story);
  const auto page_of = [&](const Json& probe) {
    run.write_result("probe", probe);
    const std::string page = render_report(run);
    CHECK(unbalanced_tag(page) == "");
    for (const char* bad : {"nan", "NaN", "null"}) CHECK_FALSE(contains(page, bad));
    return page;
  };
  // As common as one game is short: nothing turned four times, one ply without a label that varies.
  for (const char* list : {"probes", "controls"})
    for (auto& row : document[list]) {
      if (!row.contains("by_flips")) continue;
      row["by_flips"][4]["accuracy"] = nullptr;
      row["by_ply"][0]["accuracy"] = row["by_ply"][0]["standard_error"] = nullptr;
      if (row["target"] == "legal") row["accuracy"] = nullptr;
    }
  for (auto& [name, ladder] : document["best"]["differences_by_flips"].items()) ladder[4]["accuracy"] = nullptr;
  document["information"]["conditional"][0]["v_information"] = nullptr;
  document["selectivity"][0]["selectivity"] = nullptr;
  document["widths"][0]["accuracy"] = nullptr;
  document["transfer"][0]["accuracy"] = nullptr;
  document["learning_curves"][0]["points"][1]["accuracy"] = nullptr;
  const std::string page = page_of(document);
  CHECK(contains(page, "Undefined: 4+."));
  CHECK(contains(page, "What the network adds to the moves is undefined"));
  CHECK(contains(page, "<td>undefined</td>"));

  // Where every label is the same, all of it is undefined, and nothing is shown about the board.
  for (const char* list : {"probes", "controls"})
    for (auto& row : document[list])
      for (const char* measure : {"accuracy", "colour_on_occupied"}) row[measure] = nullptr;
  document["best"]["accuracy"] = nullptr;
  for (auto& [name, difference] : document["best"]["differences"].items()) difference = nullptr;
  CHECK(contains(page_of(document), "The accuracy is undefined"));
  for (int row = 0; row < 2; ++row) {
    CHECK(verdict(nullptr, &document, nullptr).rows[static_cast<std::size_t>(row)].level == Answer::unknown);
    CHECK(contains(verdict(nullptr, &document, nullptr).rows[static_cast<std::size_t>(row)].answer, "undefined"));
  }
}

TEST_CASE("Probes of something else than the board answer no question about it") {
  Json document = fake::full_probe({.over_one_hot = 0.08});
  const auto found = verdict(nullptr, &document, nullptr);
  CHECK(found.rows[1].level == Answer::yes);
  CHECK(contains(found.rows[1].figure, "beyond the moves: 0.27 (0.26 to 0.29) bits per square, of 0.70"));
  CHECK(contains(found.rows[1].control, "untrained, beyond the moves: −0.01 (−0.03 to 0.00) bits"));
  for (const char* list : {"probes", "controls"})
    for (auto& row : document[list])
      if (row["target"] == "mine-yours-empty") row["target"] = "flipped";
  document["best"]["target"] = "flipped";
  for (int row = 0; row < 2; ++row)
    CHECK(verdict(nullptr, &document, nullptr).rows[static_cast<std::size_t>(row)].answer ==
          "not shown: the probes read 'flipped' labels, not the board");
}

TEST_CASE("Figures on games that the model was trained on are not called fresh") {
  const fake::Story story;
  const TemporaryFolder folder;
  const RunFolder run = fake::full_run(folder.path(), story);
  CHECK(contains(render_report(run), "Move by move, on fresh games"));
  Json evaluate = fake::evaluate(story);
  evaluate["data"]["held_out"] = false;
  run.write_result("evaluate", evaluate);
  Json probe = fake::probe(story);
  CHECK(contains(render_report(run), "on games never trained on"));
  probe["data"]["held_out"] = false;
  run.write_result("probe", probe);
  const std::string page = render_report(run);
  CHECK(contains(page, "Move by move, on games not held out"));
  CHECK(contains(page, ", on games not held out"));
  for (const char* claim : {"never trained on", "that the model never saw"}) CHECK_FALSE(contains(page, claim));
}

TEST_CASE("Damage in a run is an error that names its file and the field") {
  const fake::Story story;
  const TemporaryFolder folder;
  const RunFolder run = fake::full_run(folder.path(), story);
  const auto message = [&] { return error_of([&] { render_report(run); }); };
  Json evaluate = fake::evaluate(story);
  evaluate["by_ply"][3].erase("ply");
  run.write_result("evaluate", evaluate);
  CHECK(message() == folder.path().string() + "/results/evaluate.json: field 'by_ply[3].ply' is missing");
  write_file(run.result_file("evaluate"), "{\"cross");
  CHECK(contains(message(), "results/evaluate.json"));
  run.write_result("evaluate", fake::evaluate(story));
  run.append_metrics({{"step", 1}, {"games", "many"}});
  CHECK(contains(message(), "metrics.jsonl line 196: field 'games' must be a number"));
}

TEST_CASE("Markup in a document shows as text") {
  const fake::Story story;
  const TemporaryFolder folder;
  const RunFolder run = fake::full_run(folder.path(), story);
  Json intervene = fake::intervene(story);
  intervene["controls"].push_back({{"name", "<script>alert(1)</script>"}, {"error", fake::estimate(2, 0.1, 400)}});
  intervene["command"] = {"othello-gpt", "<img src=x>"};
  run.write_result("intervene", intervene);
  const std::string html = render_report(run);
  CHECK_FALSE(contains(html, "<script"));
  CHECK_FALSE(contains(html, "<img"));
  CHECK(unbalanced_tag(html) == "");
}

TEST_CASE("Whatever single value of a run is damaged, the outcome is a page or a sentence") {
  const fake::Story story;
  const TemporaryFolder folder;
  const RunFolder run = fake::full_run(folder.path(), story);
  const std::vector<Json> wrong{nullptr, true, -1, 1e300, "<x>", Json::array(), Json::object(), {{"mean", "x"}}};
  const std::pair<const char*, Json> documents[] = {{"evaluate", fake::evaluate(story)},
                                                    {"probe", fake::full_probe(story)},
                                                    {"intervene", fake::full_intervene(story)},
                                                    {"intervene-mean", fake::ablation(story, "mean")},
                                                    {"intervene-subspace", fake::subspace(story)},
                                                    {"patch", fake::patch(story)},
                                                    {"ntk", fake::ntk(story)},
                                                    {"llc", fake::llc(story)},
                                                    {"emergence", fake::emergence(story)}};
  std::size_t turn = 0;
  for (const auto& [name, document] : documents) {
    const Json flat = document.flatten();
    const std::size_t stride = flat.size() / 60 + 1;  // a spread of the leaves; all of them would take minutes
    for (auto leaf = flat.begin(); leaf != flat.end();) {
      Json damaged = document;
      Json::json_pointer place(leaf.key());
      if (turn % 3 == 1 && place.parent_pointer() != place) place = place.parent_pointer();  // a whole branch
      damaged[place] = wrong[turn++ % wrong.size()];
      run.write_result(name, damaged);
      const std::string message = error_of([&] {
        const auto page = render_report(run);  // not inside CHECK, which would keep the Error to itself
        CHECK(unbalanced_tag(page) == "");
      });
      if (!message.empty()) CHECK(contains(message, fmt::format("results/{}.json", name)));
      for (std::size_t i = 0; i < stride && leaf != flat.end(); ++i) ++leaf;
    }
    run.write_result(name, document);
  }
}
