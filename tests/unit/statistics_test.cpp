// Intervals: "better" is claimed only if they say so.
#include "common/statistics.h"

#include <cmath>

#include "tests/support/test.h"

using namespace othello;
using namespace othello::test;

namespace {

/// n games of 10 items each, every item right with probability p.
std::vector<Cluster> games(std::size_t n, double p, const char* name) {
  const Stream stream = Stream(1).child(name);
  std::vector<Cluster> clusters(n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::uint32_t k = 0; k < 10; ++k) clusters[i].sum += stream.draw(i, k) < p * 4294967296.0;
  for (Cluster& cluster : clusters) cluster.count = 10;
  return clusters;
}

}  // namespace

TEST_CASE("The interval of a mean is as wide as theory says") {
  const auto clusters = games(400, 0.3, "a");
  const Estimate estimate = ratio_of_sums(clusters);
  const double half = 1.96 * std::sqrt(0.3 * 0.7 / 4000);
  CHECK(estimate.n == 400);
  CHECK(estimate.low < estimate.mean);
  CHECK(estimate.mean < estimate.high);
  CHECK(estimate.mean == Approx(0.3).margin(5 * half / 1.96));
  CHECK((estimate.high - estimate.low) / 2 == Approx(half).epsilon(0.15));
}

TEST_CASE("Positions of one game count as one sample") {
  // Ten items that always agree hold no more information than one: √10 times the width.
  auto clusters = games(400, 0.5, "b");
  for (Cluster& cluster : clusters) cluster.sum = cluster.sum >= 5 ? 10 : 0;
  const Estimate estimate = ratio_of_sums(clusters);
  const double p = estimate.mean;
  CHECK((estimate.high - estimate.low) / 2 == Approx(1.96 * std::sqrt(p * (1 - p) / 400)).epsilon(0.15));
}

TEST_CASE("A mean weights games by their number of positions") {
  const std::vector<Cluster> clusters{{1, 1}, {0, 3}, {0, 0}};
  CHECK(ratio_of_sums(clusters).mean == 0.25);
}

TEST_CASE("A paired difference sees what two separate intervals hide") {
  const auto a = games(200, 0.5, "c");
  auto b = a;
  for (std::size_t i = 0; i < b.size(); i += 4) b[i].sum -= 1;  // one item less right in every fourth game
  const Estimate difference = paired_difference(a, b);
  CHECK(difference.mean == Approx(0.025));
  CHECK(difference.clear_of_zero());
  CHECK(ratio_of_sums(a).low < ratio_of_sums(b).high);
  CHECK(paired_difference(b, a).mean == Approx(-0.025));
  CHECK_FALSE(paired_difference(a, a).clear_of_zero());
  CHECK(paired_difference(a, a).high == 0);
}

TEST_CASE("Twenty comparisons of equals rarely claim a difference") {
  int claims = 0;
  for (int i = 0; i < 20; ++i) {
    const auto a = games(100, 0.5, fmt::format("left {}", i).c_str());
    const auto b = games(100, 0.5, fmt::format("right {}", i).c_str());
    claims += paired_difference(a, b).clear_of_zero();
  }
  CHECK(claims <= 4);
}

TEST_CASE("The same data give the same interval") {
  const auto clusters = games(50, 0.5, "d");
  CHECK(to_json(ratio_of_sums(clusters)) == to_json(ratio_of_sums(clusters)));
  CHECK(to_json(Estimate{0.5, 0.25, 0.75, 9}).dump() == R"({"mean":0.5,"low":0.25,"high":0.75,"n":9})");
}

TEST_CASE("A mean over nothing is an error and no number") {
  CHECK_FALSE(error_of([] { ratio_of_sums({}); }).empty());
  CHECK_FALSE(error_of([] { ratio_of_sums(std::vector<Cluster>{{0, 0}, {0, 0}}); }).empty());
  CHECK_FALSE(error_of([] { paired_difference(std::vector<Cluster>{{1, 1}}, std::vector<Cluster>{}); }).empty());
}

TEST_CASE("One game claims nothing") { CHECK_FALSE(ratio_of_sums(std::vector<Cluster>{{1, 1}}).clear_of_zero()); }
