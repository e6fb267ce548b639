// For tests of rooms that use LibTorch: its headers come first (see test.h).
#pragma once

#include "model/torch.h"
#include "tests/support/test.h"
