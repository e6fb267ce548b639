#include "data/games.h"

namespace othello {
namespace {

const char* stream_name(Purpose purpose) {
  switch (purpose) {
    case Purpose::training: return "games";
    case Purpose::evaluation: return "evaluation games";
    case Purpose::probes: return "probe games";
    case Purpose::cases: return "case games";
  }
  return "games";
}

}  // namespace

GameSource::GameSource(const BoardSize& board, std::uint64_t seed, Purpose purpose)
    : board_(board), stream_(Stream(seed).child(stream_name(purpose))) {}

}  // namespace othello
