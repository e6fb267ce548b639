// SIGINT and SIGTERM as a question that long work asks itself between two steps.
#pragma once

namespace othello {

/// From now on SIGINT and SIGTERM only set a flag; a second one ends the process at once.
void watch_for_interrupt();

/// As if one had arrived: another process that works on the same got it.
void request_interrupt();

/// Whether one has arrived. Work that sees it saves and throws Interrupted.
bool interrupted();

/// Thrown after saving; `main` turns it into exit code 130.
struct Interrupted {};

}  // namespace othello
