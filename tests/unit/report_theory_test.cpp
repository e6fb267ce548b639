// The section on theories: if it misquotes a document, takes a failed estimate for a good one, or breaks on a run that
// has only some of the documents, a reader draws the wrong conclusion about which theory fits.
#include <string>
#include <vector>

#include "report/chart.h"
#include "report/format.h"
#include "report/report.h"
#include "tests/support/files.h"
#include "tests/support/test.h"
#include "tests/unit/report_fake_interventions.h"
#include "tests/unit/report_fake_theory.h"

using namespace othello;
using namespace othello::test;

namespace {

/// A run with every document.
RunFolder theory_run(const std::filesystem::path& path, const fake::Story& story) {
  const RunFolder run = fake::full_run(path, story);
  Json intervene = fake::full_intervene(story);
  for (const auto& flips : fake::rungs())
    intervene["by_flips"].push_back({{"flips", flips},
                                     {"error", fake::estimate(1.77, 0.1, 80)},
                                     {"null", fake::estimate(2.66, 0.1, 80)},
                                     {"difference", fake::estimate(-0.89, 0.1, 80)}});
  run.write_result("intervene", intervene);
  run.write_result("ntk", fake::ntk(story));
  run.write_result("llc", fake::llc(story));
  run.write_result("emergence", fake::emergence(story));
  return run;
}

/// The section's part of a page, with plain spaces.
std::string section_of(const std::string& page) {
  const auto begin = page.find("<section id=\"theory\"");
  return begin == std::string::npos ? "" : plain_spaces(page.substr(begin, page.find("</section>", begin) - begin));
}

/// The row of the joined table that begins with `title`.
std::string row_of(const std::string& section, const std::string& title) {
  const auto table = section.find("class=\"joined\"");
  const auto begin = section.find("<th scope=\"row\">" + title + "<", table);
  return begin == std::string::npos ? "" : section.substr(begin, section.find("</tr>", begin) - begin);
}

}  // namespace

TEST_CASE("The joined table holds what every document says of a concept") {
  const TemporaryFolder folder;
  const std::string section = section_of(render_report(theory_run(folder.path(), fake::Story{})));
  const std::string zero = row_of(section, "0 flips");
  for (const char* number : {"n = 1,024", "42.0", "83.0", "84.0", "82.0", "78.0", "85.0", "84.0 to 86.0",  // ntk
                             "1.77 / 2.66", "1.67 to 1.87",                                                // intervene
                             "2 k", "1.8 k to 2.2 k",                                                      // emergence
                             "91.2", "88.8 to 93.8"})                                                      // llc
    CHECK(contains(zero, number));
  CHECK(contains(row_of(section, "all squares"), "110<"));  // the last checkpoint's coefficient
  CHECK(contains(row_of(section, "all squares"), "91.3"));  // the best probe
  CHECK(contains(row_of(section, "occupied"), "97.5"));
  CHECK(contains(row_of(section, "colour"), "83.0"));
  CHECK(contains(section, "Fitted to the same 2,048 positions"));
  // What it comes to, from the paired differences alone.
  CHECK(contains(section, ">Fitted on the same 2,048 positions, "));
  CHECK(contains(section, "reading of all squares goes beyond the inputs by +10.9 points (+9.8 to +12.0)"));
  CHECK(contains(section,
                 "of discs never turned it goes beyond the inputs by +2.0 points (+0.9 to +3.1); not clearly "
                 "beyond the kernel at initialisation: +1.0 points (−0.2 to +2.2)"));
  CHECK(contains(section, "Of discs turned 4 times or more it goes beyond the inputs by +26.0 points"));
}

TEST_CASE("A lead of few positions that many games take away is not sold as a finding") {
  const fake::Story story;
  const TemporaryFolder folder;
  const RunFolder run = theory_run(folder.path(), story);
  Json probe = fake::full_probe(story);
  for (const char* list : {"probes", "controls"})
    for (auto& row : probe[list]) row["fit_games"] = 6500;
  for (auto& row : probe["controls"])
    if (row["name"] == "one-hot" && row.contains("by_flips"))
      row["by_flips"][0]["accuracy"] = fake::estimate(0.929, 0.003, 500);
  probe["best"]["differences_by_flips"] = {
      {"one-hot", {{{"flips", "0"}, {"accuracy", fake::estimate(-0.016, 0.003, 500)}}}}};
  run.write_result("probe", probe);
  const std::string section = section_of(render_report(run));
  CHECK(contains(section, "inputs (one-hot+bag-of-moves)"));
  CHECK(contains(section, "full one-hot, % right (500 games)"));
  CHECK(contains(row_of(section, "0 flips"), "92.9"));
  CHECK(
      contains(section,
               "With 6,500 games to fit on, the inputs (one-hot) and the network (after block 3) read 87.1 % (86.8 to "
               "87.4) and 91.3 % (91.0 to 91.6) of all squares, +4.2 points (+3.9 to +4.5); 92.9 % (92.6 to 93.2) and "
               "91.3 % (91.0 to 91.6) of discs never turned, −1.6 points (−1.9 to −1.3)"));
  CHECK(contains(section, "So the lead over the inputs on discs never turned is one of few positions"));
}

TEST_CASE("Every part of the theory documents is on the page") {
  const TemporaryFolder folder;
  const std::string page = render_report(theory_run(folder.path(), fake::Story{}));
  const std::string section = section_of(page);
  for (const char* text :
       {"98.8 %",
        "76.5 %",                                                               // legality
        "inputs 0.100 (0.080 to 0.120), kernel, init. 0.137 (0.117 to 0.157)",  // exponents
        "13.6 % (12.6 to 14.6) of discs are read by the network only",
        "4.7 % (3.7 to 5.7) with that kernel only; net +8.9 points (+7.9 to +9.9)",
        "0.81 (0.74 to 0.88)",  // failures
        "0.247 (0.237 to 0.257; 1,024 positions) standard deviations",
        "0.50 (0.48 to 0.52)",  // feature learning
        "an effective rank of 23.4",
        "fall with an exponent of 1.90",
        "0.310",
        "81.2 % (80.2 to 82.2)",                                                      // spectrum
        "the leading directions of the trained kernel hold most in block 5, 50.0 %",  // layers
        "By flips, the reading of discs is half way up after so many games: 0 at 2 k (1.8 k to 2.2 k), 1 at 6 k+ (5.4 "
        "k to 6.6 k)",
        "Boundaries of stages, in games: by loss, 1,500, 20,000; by LLC, 9,000; by legal moves, none",
        "nβ = 30, γ = 200, ε = 0.001, 4 chains, 200 draws each",
        "0.361",
        "unstable step",  // llc
        "61.1 %",
        "0.432",
        "62.0 %",  // independence
        "Depth and flips are not ordered"}) {
    INFO(text);
    CHECK(contains(section, text));
  }
  CHECK(contains(page, "href=\"#theory\""));
  for (const char* command : {"othello-gpt ntk --model", "othello-gpt llc --model", "othello-gpt emergence --model"})
    CHECK(contains(page, command));
  for (const char* bad : {"nan", "inf\"", "null,"}) CHECK_FALSE(contains(section, bad));
  CHECK_FALSE(contains(section, "Not measured yet"));
  // The first checkpoint is not the initialisation, and only the last is at rest.
  CHECK(contains(section, "kernel: distance from step 10"));
  CHECK(contains(section, "7 of 8 learning coefficients drawn are of checkpoints whose learning rate had not decayed"));
}

TEST_CASE("A learning coefficient that failed its diagnostics never stands as a number") {
  const TemporaryFolder folder;
  const std::string section = section_of(render_report(theory_run(folder.path(), fake::Story{})));
  const std::string most = row_of(section, "4+ flips");
  CHECK(contains(most, "not valid<sup>a</sup>"));
  CHECK(contains(most, "title=\"the loss still rises along the chains\""));
  CHECK_FALSE(contains(most, "5,551"));
  CHECK(contains(section, "a: the loss still rises along the chains"));
  CHECK(contains(section, "2 of 19 estimates failed their diagnostics"));
  CHECK(contains(section, "not valid: negative: the weights are no minimum"));
  // Neither a curve nor an axis follows it.
  LineChart chart("x", "x", "y", Unit::plain);
  chart.series.push_back({.name = "a",
                          .points = {chart_point(1, 2), chart_point(2, 3), chart_point(3, -900)},
                          .tone = "network",
                          .markers = true});
  chart.series[0].points[2].hollow = true;
  const std::string picture = draw(chart);
  CHECK(contains(picture, "diamond"));
  CHECK_FALSE(contains(picture, ">−"));
  CHECK_FALSE(contains(picture, ">-"));
}

TEST_CASE("Learning coefficients that are not known to be at rest are counted as such") {
  const fake::Story story;
  const TemporaryFolder folder;
  const RunFolder run = fake::full_run(folder.path(), story);
  Json emergence = fake::emergence(story);
  int games = 1000;
  for (const Json& decayed : {Json(false), Json(nullptr), Json(true), Json(true)})
    emergence["series"]["llc"].push_back(
        {{"games", games *= 3}, {"mean", 20}, {"low", 18}, {"high", 22}, {"valid", true}, {"decayed", decayed}});
  run.write_result("emergence", emergence);
  const std::string section = section_of(render_report(run));
  CHECK(contains(section, "2 of 4 learning coefficients drawn are of checkpoints"));
  CHECK(contains(section, ">at rest<"));
  CHECK(contains(section, ">not at rest<"));
}

TEST_CASE("A run without theory documents has no such section, one with some says how to get the others") {
  const fake::Story story;
  const TemporaryFolder folder;
  const RunFolder run = fake::full_run(folder.path(), story);
  const std::string without = render_report(run);
  CHECK(section_of(without).empty());
  CHECK_FALSE(contains(without, "#theory"));
  const std::pair<const char*, Json> documents[] = {
      {"ntk", fake::ntk(story)}, {"llc", fake::llc(story)}, {"emergence", fake::emergence(story)}};
  for (const auto& [name, document] : documents) {
    run.write_result(name, document);
    const std::string section = section_of(render_report(run));
    CHECK(contains(section, "Not measured yet"));
    for (const auto& [other, unused] : documents)
      CHECK(contains(section, fmt::format("othello-gpt {} --model", other)) == (std::string(other) != name));
    std::filesystem::remove(run.result_file(name));
  }
  // Of each, the envelope alone.
  for (const auto& [name, document] : documents) run.write_result(name, fake::envelope(story, name));
  CHECK_FALSE(section_of(render_report(run)).empty());
}

TEST_CASE("Theory results of another model or state of the run are refused") {
  const fake::Story story;
  const TemporaryFolder folder;
  const RunFolder run = fake::full_run(folder.path(), story);
  Json ntk = fake::ntk(story);
  ntk["model"]["step"] = 7;
  run.write_result("ntk", ntk);
  CHECK(contains(error_of([&] { render_report(run); }), "results/ntk.json belongs to step 7"));
}

TEST_CASE("A field of a theory document with the wrong type is a sentence that names file and field") {
  const fake::Story story;
  const TemporaryFolder folder;
  const RunFolder run = theory_run(folder.path(), story);
  const auto error_with = [&](const char* name, Json document, const char* pointer, const Json& wrong) {
    const Json whole = document;
    document[Json::json_pointer(pointer)] = wrong;
    run.write_result(name, document);
    const std::string message = error_of([&] { render_report(run); });
    run.write_result(name, whole);
    return message;
  };
  const Json ntk = fake::ntk(story), llc = fake::llc(story), emergence = fake::emergence(story);
  CHECK(contains(error_with("ntk", ntk, "/concepts/2/network_accuracy/mean", "high"),
                 "results/ntk.json: field 'concepts[2].network_accuracy.mean' must be a number, not \"high\""));
  CHECK(contains(error_with("ntk", ntk, "/curves/1/points/0/n", 0), "'curves[1].points[0].n'"));
  CHECK(contains(error_with("ntk", ntk, "/spectrum/0/eigenvalues", 3), "'spectrum[0].eigenvalues' must be an array"));
  CHECK(contains(error_with("llc", llc, "/estimates/1/valid", "yes"),
                 "results/llc.json: field 'estimates[1].valid' must be true or false"));
  CHECK(contains(error_with("llc", llc, "/estimates/0/trace/3/draw", nullptr), "'estimates[0].trace[3].draw'"));
  CHECK(contains(error_with("emergence", emergence, "/stages/0/boundaries/1", "x"),
                 "results/emergence.json: field 'stages[0].boundaries[1]' must be a number"));
  CHECK(contains(error_with("emergence", emergence, "/concepts/0/onset_games/low", true),
                 "'concepts[0].onset_games.low'"));
}

TEST_CASE("Charts with logarithmic heights draw what they can") {
  LineChart chart("x", "x", "y", Unit::plain);
  chart.log_x = chart.log_y = true;
  chart.marks = {{"12", 12}, {"away", 1e9}};
  CHECK(contains(draw(chart), "<svg"));  // nothing at all
  ChartSeries series{.name = "a", .points = {}, .tone = "network", .markers = true};
  series.points = {chart_point(1, 1e6), chart_point(10, 1), chart_point(100, 1e-6), chart_point(1000, 0),
                   chart_point(5, Estimate{.mean = 1, .low = -1, .high = 2, .n = 9})};
  chart.series = {series};
  const std::string picture = draw(chart);
  for (const char* tick : {">10⁻⁶<", ">10⁶<", ">1<", ">12<"}) CHECK(contains(picture, tick));
  for (const char* bad : {"nan", "inf", "away"}) CHECK_FALSE(contains(picture, bad));
}
