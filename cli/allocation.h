// What the allocator does with memory that the program has freed.
#pragma once

namespace othello {

/// Training frees and allocates the same sizes again and again: memory given back to the system would be zeroed page by
/// page each time, a tenth of a step. Everything else gives it back. Does nothing without mimalloc.
#ifdef OTHELLO_MIMALLOC
void keep_freed_memory(bool keep);
#else
inline void keep_freed_memory(bool) {}
#endif

}  // namespace othello
