#include "common/memory.h"

#include <fstream>
#include <limits>
#include <string>

namespace othello {

double available_memory() {
  std::ifstream file("/proc/meminfo");
  for (std::string word; file >> word;)
    if (double kibibytes = 0; word == "MemAvailable:" && file >> kibibytes) return 1024 * kibibytes;
  return std::numeric_limits<double>::infinity();
}

}  // namespace othello
