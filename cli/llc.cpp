#include "cli/commands.h"

namespace othello {

void add_llc(CLI::App&) {}

}  // namespace othello
