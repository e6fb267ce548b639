#include "theory/student_t.h"

#include <iterator>

namespace othello {

double t_quantile(std::size_t freedom) {
  constexpr double kFirst[] = {12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622};
  if (freedom <= std::size(kFirst)) return kFirst[freedom - 1];
  const double z = 1.959964, n = static_cast<double>(freedom), z3 = z * z * z, z5 = z3 * z * z;
  return z + (z3 + z) / (4 * n) + (5 * z5 + 16 * z3 + 3 * z) / (96 * n * n);
}

}  // namespace othello
