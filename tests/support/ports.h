// Network ports for tests.
#pragma once

namespace othello::test {

/// A port of this machine that was free a moment ago.
int free_port();

}  // namespace othello::test
