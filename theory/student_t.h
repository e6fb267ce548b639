// Student's t, for intervals over few chains, blocks or seeds.
#pragma once

#include <cstddef>

namespace othello {

/// The 97.5 % quantile for so many degrees of freedom (at least 1): exact to four digits up to 9, then Cornish &
/// Fisher's expansion around the normal's (Abramowitz & Stegun 26.7.5).
double t_quantile(std::size_t freedom);

}  // namespace othello
