// What the report says of learning coefficients, neurons and depth, where a careless sentence would claim more than was
// measured: a failed estimate as a number, an unknown as a yes, noise as an order, a control left out.
#include "report/format.h"
#include "report/theory_pictures.h"
#include "tests/support/test.h"
#include "tests/unit/report_fake_theory.h"

using namespace othello;
using namespace othello::test;

namespace {

std::string llc_page(const Json& document) { return plain_spaces(llc_figures(read_llc(document))); }

/// The estimate of all weights on all data after `step` steps.
Json& whole_at(Json& document, int step) {
  for (auto& row : document["estimates"])
    if (row["step"] == step && row["component"] == "all" && row["subset"] == "all") return row;
  throw std::logic_error("no such estimate");
}

/// Accuracies of rungs by layer, each with an interval of ± `half`.
std::string depth_page(const std::vector<std::vector<double>>& rungs, double half) {
  ProbeResults probe;
  probe.target = "mine-yours-empty";
  for (std::size_t layer = 0; layer < rungs[0].size(); ++layer) {
    ProbeFigures figures;
    figures.kind = "ridge", figures.layer = static_cast<int>(layer);
    figures.site = layer == 0 ? "hook_embed" : fmt::format("blocks.{}.hook_resid_post", layer - 1);
    figures.accuracy = Estimate{0.5, 0.4, 0.6, 100};
    for (std::size_t i = 0; i < rungs.size(); ++i) {
      const double mean = rungs[i][layer];
      figures.by_flips.push_back({std::to_string(i), Estimate{mean, mean - half, mean + half, 100}, 0.3});
    }
    probe.probes.push_back(figures);
  }
  return plain_spaces(depth_figure(probe));
}

}  // namespace

TEST_CASE(
    "A learning coefficient is of the end of the training only if its checkpoint is, and says whether it compares") {
  Json document = fake::llc(fake::Story{});
  std::string page = llc_page(document);
  CHECK(contains(page,
                 "At step_1280 the local learning coefficient is 110 (108 to 112) over 4 chains, a number that "
                 "compares only with others of the same nβ and γ; 2 of 19"));
  CHECK_FALSE(contains(page, "597,504"));  // half the weights is no yardstick at finite γ
  document["model"]["step"] = 1280;
  whole_at(document, 1280)["decayed"] = false;
  page = llc_page(document);
  CHECK(contains(page, "At the end of the training the local"));
  CHECK(contains(page, "nβ and γ; its learning rate had not decayed; 2 of"));
  whole_at(document, 1280)["decayed"] = nullptr;
  page = llc_page(document);
  CHECK(contains(page, "whether its learning rate had decayed is not known"));
  CHECK(contains(page, "<td>not known</td>"));
  CHECK_FALSE(read_llc(document).last("all", "all")->decayed.has_value());
}

TEST_CASE("An estimate that failed has no number in the table, and its chains are drawn under the reason") {
  Json document = fake::llc(fake::Story{});
  Json& whole = whole_at(document, 1280);
  whole["valid"] = false, whole["reason"] = "unstable";
  document["sweep"].push_back({{"n_beta", 30}, {"llc", fake::estimate(77777, 2, 4)}, {"valid", false}});
  const std::string page = llc_page(document);
  for (const char* number : {"873", "5,551", "77,777", "110 ("}) CHECK_FALSE(contains(page, number));
  CHECK(contains(page, "not valid: negative: the weights are no minimum"));
  CHECK(contains(page, "not valid: no reason given"));
  CHECK(contains(page, "the local learning coefficient is not valid: unstable"));
  CHECK(contains(page, "class=\"caption\">Loss along the chains, step_1280, not valid: unstable<"));
}

TEST_CASE("A chart of coefficients that leaves some out says so") {
  Json document = fake::llc(fake::Story{});
  CHECK_FALSE(contains(llc_page(document), "are drawn"));
  Json row = whole_at(document, 1280);
  const auto before = static_cast<int>(fake::Story{}.layers) + 1;
  for (int block = 0; block < 40 - before; ++block) {
    row["component"] = fmt::format("part.{}", block);
    document["estimates"].push_back(row);
  }
  CHECK(contains(llc_page(document), "(32 of 40 are drawn)"));
}

TEST_CASE("Depth follows flips only where the layers do not fall and the accuracies are apart") {
  const std::vector<std::vector<double>> rising{{0.9, 0.9, 0.9}, {0.7, 0.8, 0.8}, {0.5, 0.6, 0.7}};
  const std::string page = depth_page(rising, 0.01);
  CHECK(contains(page,
                 "Discs turned more often need more layers: the first layer within the interval of the best one "
                 "is, by flips, 0 at the embedding, 1 after block 0, 2 after block 1."));
  CHECK(contains(page, "on the same games, so that this describes them and is no test"));
  // A best layer that is no better than the first, rungs that are just above each other, rungs that fall.
  CHECK(contains(depth_page(rising, 0.3), "not ordered"));
  CHECK(contains(depth_page({{0.9, 0.9}, {0.7, 0.715}}, 0.01), "not ordered"));
  CHECK(contains(depth_page({{0.5, 0.9, 0.9}, {0.8, 0.8, 0.8}, {0.5, 0.6, 0.7}}, 0.01), "not ordered"));
}

TEST_CASE("What sorting and chance give of neurons stands beside the same before training") {
  Json document = fake::emergence(fake::Story{});
  for (auto& row : document["independence"]) {
    row["active"] = row["step"] == 10 ? 0.5 : 0.0625;
    row["moments"]["kurtosis"] = row["step"] == 10 ? 3.25 : 44;
  }
  for (auto& row : document["detectors"]) {
    if (row["step"] == 10) row["null_mean"] = 0.4;
    else if (row["layer"] == 1) row["null_mean"] = 0.2;
  }
  const std::string page = plain_spaces(independence_figures(read_emergence(document)));
  CHECK(contains(page,
                 "At step_1280 a probe of the neurons of block 0 reads 85.6 % (84.6 to 86.6) of squares and 61.1 % "
                 "(60.1 to 62.1) once sorted: +24.5 points (+22.5 to +26.5); at step_10, the control, 60.2 %"));
  CHECK(contains(page, "best F1 is 0.232 above the mean of chance in block 1, the most of"));
  CHECK(contains(page, "at step_10, the control, 0.032 in the same block"));
  CHECK_FALSE(contains(page, "lose nothing"));
  CHECK(contains(page, "kurtosis over positions"));
  CHECK(contains(page, "<td>44.0</td><td>6.2 %</td>"));
}
