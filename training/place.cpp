#include "training/place.h"

#include <charconv>
#include <cstdlib>

#include "common/error.h"

namespace othello {
namespace {

struct Launcher {
  const char *rank, *size, *local_rank, *local_size;
};

constexpr Launcher kLaunchers[] = {
    {"RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE"},
    {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK", "OMPI_COMM_WORLD_LOCAL_SIZE"},
    {"SLURM_PROCID", "SLURM_NTASKS", "SLURM_LOCALID", "SLURM_NTASKS_PER_NODE"}};

/// The variable as a whole number in [low, high]; `otherwise` if it is not set.
int number(const Environment& variable, const char* name, int low, int high, std::optional<int> otherwise) {
  const auto text = variable(name);
  if (!text && otherwise) return *otherwise;
  if (!text) fail("the environment variable {} is missing beside those that a launcher sets", name);
  int value = 0;
  const auto [end, code] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (code != std::errc{} || end != text->data() + text->size() || value < low || value > high)
    fail("the environment variable {}='{}' should be a whole number from {} to {}", name, *text, low, high);
  return value;
}

}  // namespace

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return {};
  return value;
}

std::optional<Place> place_among_processes(const Environment& variable) {
  constexpr int kMost = 1 << 20, kLastPort = 65535;
  for (const auto& names : kLaunchers) {
    if (!variable(names.rank) && !variable(names.size)) continue;
    Place place;
    place.size = number(variable, names.size, 1, kMost, {});
    if (place.size == 1) return {};
    place.rank = number(variable, names.rank, 0, place.size - 1, {});
    place.local_rank = number(variable, names.local_rank, 0, place.size - 1, 0);
    place.core_sharers = number(variable, names.local_size, 1, kMost, 1);
    const auto address = variable("MASTER_ADDR");
    if (!address)
      fail(
          "{}={} asks for several processes, but MASTER_ADDR, the machine of process 0, is not set; to train in one "
          "process, unset {}",
          names.size, place.size, names.size);
    place.address = *address;
    const int port = number(variable, "MASTER_PORT", 1, kLastPort - 1, 29500);
    place.store_port = static_cast<std::uint16_t>(number(variable, "OTHELLO_STORE_PORT", 1, kLastPort, port + 1));
    place.timeout_seconds = number(variable, "OTHELLO_TIMEOUT_SECONDS", 1, 86400, place.timeout_seconds);
    return place;
  }
  return {};
}

}  // namespace othello
