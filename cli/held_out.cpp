#include "cli/held_out.h"

#include <algorithm>
#include <optional>

#include "data/replay_player.h"

namespace fs = std::filesystem;

namespace othello {
namespace {

/// What the name of a player of a dataset's games says: KIND:FOLDER@DIGEST.
struct Replayed {
  fs::path folder;
  std::string digest;
};

std::optional<Replayed> replayed(const std::string& player) {
  if (!player.starts_with("dataset:") && !player.starts_with("expert-replay:")) return {};
  const auto begin = player.find(':') + 1, end = player.rfind('@');
  return Replayed{player.substr(begin, end - begin), player.substr(end)};
}

/// The dataset as it was when it was replayed; nothing if it is not there any more.
std::optional<DatasetDocument> document_of(const Replayed& replayed) {
  try {
    auto document = read_dataset_document(replayed.folder);
    if (replay_name(replayed.folder, document).ends_with(replayed.digest)) return document;
  } catch (const Error&) {
  }
  return {};
}

/// Of an import: "train" or "test" if it was split, else "".
std::string part_of(const DatasetDocument& dataset) {
  return dataset.source.is_object() ? dataset.source.value("part", "") : "";
}

/// Two datasets have no game in common by how they were made: by different players or seeds (that they meet by chance
/// aside), from people and from a player, or as the two parts of one import.
bool made_apart(const fs::path& a, const DatasetDocument& of_a, const fs::path& b, const DatasetDocument& of_b) {
  const auto &first = of_a.header, &second = of_b.header;
  if (replayed(first.player) || replayed(second.player)) return false;
  if (first.player != "imported" || second.player != "imported")
    return first.player != second.player || first.seed != second.seed;
  const auto parent = [](const fs::path& path) { return fs::weakly_canonical(path / "..").string(); };
  return parent(a) == parent(b) &&
         std::minmax(part_of(of_a), part_of(of_b)) == std::minmax<std::string>("test", "train");
}

/// In one of the runs that trained a model.
Seen seen_in_run(const TrainingFacts& run, const fs::path& folder, const DatasetDocument& dataset) {
  if (run.player == kUnknown) return Seen::perhaps;
  if (run.games == 0) return Seen::no;
  const auto own = replayed(run.player);
  if (!own) return run.player == dataset.header.player && run.seed == dataset.header.seed ? Seen::yes : Seen::no;
  if (replay_name(folder, dataset).ends_with(own->digest)) return Seen::yes;
  const auto document = document_of(*own);
  return document && made_apart(own->folder, *document, folder, dataset) ? Seen::no : Seen::perhaps;
}

}  // namespace

Seen seen_dataset(const TrainingFacts& facts, const fs::path& folder, const DatasetDocument& dataset) {
  Seen seen = seen_in_run(facts, folder, dataset);
  for (const auto& run : facts.earlier) seen = std::max(seen, seen_in_run(run, folder, dataset));
  return seen;
}

Seen seen_player(const TrainingFacts& facts, const Player* player) {
  const auto games = player == nullptr ? std::nullopt : replayed(player->name());
  if (!games) return Seen::no;
  const auto document = document_of(*games);
  return document ? seen_dataset(facts, games->folder, *document) : Seen::perhaps;
}

const char* in_words(Seen seen) { return seen == Seen::yes ? "was" : "may have been"; }

}  // namespace othello
