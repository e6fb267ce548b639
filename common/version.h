// What the build system knows about this build; version.cpp is generated from cmake/version.cpp.in.
#pragma once

namespace othello {

extern const char* const kVersion;
extern const char* const kGitRevision;  // with "-dirty" when the tree had uncommitted changes
extern const char* const kCompiler;

}  // namespace othello
