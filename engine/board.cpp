#include "engine/board.h"

#include "common/error.h"

namespace othello {

BoardSize board_size(int side) {
  if (side == 8) return kBoard8;
  if (side == 6) return kBoard6;
  fail("a board of {}×{} squares is not supported; choose 6 or 8", side, side);
}

}  // namespace othello
