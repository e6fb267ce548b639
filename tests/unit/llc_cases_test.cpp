// If these fail, the sampler finds other learning coefficients than those known exactly, or `llc --calibrate` compares
// it with wrong ones.
#include "theory/llc_cases.h"

#include "tests/support/torch_test.h"
#include "theory/aoyagi.h"

namespace othello::test {
namespace {

const std::vector<double> kCurvatures{10, 1, 0.1, 0.01, 0};

TEST_CASE("the stationary coefficient of a quadratic is that of the linear recursion") {
  CHECK(quadratic_coefficient(kCurvatures, 100, 1, 0) == Approx(1.699095).epsilon(1e-6));
  CHECK(quadratic_coefficient(kCurvatures, 100, 1, 1e-4) == Approx(1.713307).epsilon(1e-6));
  CHECK(quadratic_coefficient(kCurvatures, 100, 1, 1e-3) == Approx(1.880020).epsilon(1e-6));
  CHECK(quadratic_coefficient(kCurvatures, 100, 1, 3e-3) == Approx(3.248339).epsilon(1e-6));
  CHECK(std::isinf(quadratic_coefficient(kCurvatures, 100, 1, 4e-3)));
}

TEST_CASE("the coefficients of crossings show what gamma and a box take away") {
  CHECK(crossing_coefficient(1, 144.765, 1, 8) == Approx(0.361403).epsilon(1e-4));
  CHECK(crossing_coefficient(1, 144.765, 100, 2) == Approx(0.013047).epsilon(1e-4));
  CHECK(crossing_coefficient(1, 144.765, 0, 1) == Approx(0.355879).epsilon(1e-4));
  CHECK(crossing_coefficient(4, 144.765, 1, 8) == Approx(0.383349).epsilon(1e-4));
}

TEST_CASE("Σ w^p has coefficient Σ 1/p where the posterior is narrow") {
  CHECK(monomial_coefficient(2, 1e8, 1) == Approx(0.5).epsilon(1e-3));
  CHECK(monomial_coefficient(4, 1e8, 1) == Approx(0.25).epsilon(1e-3));
  CHECK(monomial_coefficient(2, 1000, 1) == Approx(0.5 * 2000 / 2001).epsilon(1e-6));
}

TEST_CASE("the coefficients of deep linear networks are Aoyagi's") {
  struct Known {
    std::vector<int> widths;
    int rank;
    double lambda;
    int multiplicity;  // 0: not given
  };
  const std::vector<Known> table{{{5, 3, 5}, 0, 6.5, 2},
                                 {{5, 3, 5}, 1, 8, 1},
                                 {{5, 3, 5}, 2, 9.5, 2},
                                 {{5, 4, 5}, 0, 8, 0},
                                 {{4, 3, 8}, 0, 6, 0},
                                 {{10, 10, 10}, 5, 47, 2},
                                 {{10, 10, 10, 10}, 0, 33.5, 3},
                                 {{10, 10, 10, 10}, 5, 46, 3},
                                 {{10, 20, 20, 10}, 10, 50, 0},
                                 {{8, 6, 7, 5, 9}, 2, 20.5, 0},
                                 {{4, 7}, 3, 14, 1}};  // one layer is regular: d/2
  for (const auto& known : table) {
    CAPTURE(known.widths, known.rank);
    const auto found = deep_linear_coefficient(known.widths, known.rank);
    CHECK(found.lambda == Approx(known.lambda).epsilon(1e-12));
    if (known.multiplicity > 0) CHECK(found.multiplicity == known.multiplicity);
  }
  CHECK(contains(error_of([] { deep_linear_coefficient(std::vector{5, 3, 5}, 4); }), "rank 4"));
  CHECK(contains(error_of([] { deep_linear_coefficient(std::vector{5}, 1); }), "not 1"));
}

}  // namespace
}  // namespace othello::test
