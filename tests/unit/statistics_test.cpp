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

TEST_CASE("A 95 % interval holds the truth 95 times in 100, for games whose positions agree") {
  // A game of 10 positions is good or bad as a whole: right with probability 0.8 or 0.4, so 0.6 in the mean. Intervals
  // that took positions for independent would be too narrow by √(1 + 9ρ), ρ = 0.04 / 0.24, and hold it 77 times.
  const Stream stream = Stream(2).child("coverage");
  constexpr std::uint64_t kRepetitions = 300, kGames = 80;
  int covered = 0, naive = 0;
  for (std::uint64_t repetition = 0; repetition < kRepetitions; ++repetition) {
    std::vector<double> sums;  // [games, 2]
    for (std::uint64_t game = 0; game < kGames; ++game) {
      const auto index = repetition * kGames + game;
      const double p = stream.draw(index, 0) % 2 == 0 ? 0.8 : 0.4;
      double right = 0;
      for (std::uint32_t k = 1; k <= 10; ++k) right += stream.draw(index, k) < p * 4294967296.0;
      sums.insert(sums.end(), {right, 10});
    }
    const Estimate e = Bootstrap(sums, 2).of([](auto total) { return total[0] / total[1]; }).estimate();
    covered += e.low <= 0.6 && 0.6 <= e.high;
    naive += std::abs(e.mean - 0.6) <= 1.96 * std::sqrt(e.mean * (1 - e.mean) / (10 * kGames));
  }
  CHECK(covered >= 273);  // 91 % to 98.7 %: three standard errors of 300 repetitions around 95 %
  CHECK(covered <= 296);
  CHECK(naive < 260);
}

TEST_CASE("Differences of different statistics of the same games are paired") {
  const auto a = games(200, 0.5, "e");
  std::vector<double> first, second;
  for (const Cluster& cluster : a) {
    first.insert(first.end(), {cluster.sum, cluster.count});
    second.insert(second.end(), {0, cluster.count, cluster.sum + 1});
  }
  const auto mean = Bootstrap(first, 2).of([](auto total) { return total[0] / total[1]; });
  const auto other = Bootstrap(second, 3).of([](auto total) { return total[2] / total[1]; });
  const Estimate difference = (other - mean).estimate();
  CHECK(difference.low == Approx(0.1));
  CHECK(difference.high == Approx(0.1));
  CHECK(mean.estimate().high - mean.estimate().low > 0.02);
  CHECK_FALSE(error_of([&] { mean - Bootstrap(std::vector<double>(6), 2).of([](auto) { return 1.0; }); }).empty());
}

TEST_CASE("An undefined statistic is null in documents") {
  const Bootstrap bootstrap(std::vector<double>{1, 0, 2, 0}, 2);
  const auto undefined = bootstrap.of([](auto total) { return total[0] / total[1]; });
  const auto defined = bootstrap.of([](auto total) { return total[0]; });
  CHECK(to_json(undefined).is_null());
  CHECK(to_json(defined - undefined).is_null());
  CHECK(to_json(defined)["mean"] == 3.0);
  CHECK_FALSE(error_of([&] { undefined.estimate(); }).empty());
}

TEST_CASE("A resample without an item is left out of the interval") {
  // One of three games has items: 8 of 27 resamples miss it.
  const std::vector<double> sums{1, 2, 0, 0, 0, 0};
  const Estimate e = Bootstrap(sums, 2).of([](auto total) { return total[0] / total[1]; }).estimate();
  CHECK(e.low == 0.5);
  CHECK(e.high == 0.5);
}
