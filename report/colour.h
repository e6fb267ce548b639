// Colours of the heat maps: ordered in lightness, so that they survive colour blindness and grey print.
#pragma once

#include <string>

namespace othello {

struct Rgb {
  double red = 0, green = 0, blue = 0;  // 0 … 255
};

/// Pale yellow → dark blue for t from 0 to 1 (ColorBrewer's YlGnBu); t outside is clamped.
Rgb sequential(double t);
/// White → dark orange: probabilities on a board.
Rgb warm(double t);
/// Dark orange → white → dark blue for t from −1 to 1.
Rgb diverging(double t);

/// "#a1b2c3"
std::string hex(const Rgb& colour);
/// Near-black or white, whichever reads better on `colour` (WCAG contrast).
std::string ink_on(const Rgb& colour);

}  // namespace othello
