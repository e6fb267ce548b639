#include "cli/commands.h"

namespace othello {

void add_emergence(CLI::App&) {}

}  // namespace othello
