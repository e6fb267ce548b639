// The precompiled header of tests with LibTorch needs a target of its own (tests/CMakeLists.txt).
