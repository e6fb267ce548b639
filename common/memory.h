// How much memory there is to ask for.
#pragma once

namespace othello {

/// Bytes that this machine can still give; infinite where it does not say.
double available_memory();

}  // namespace othello
