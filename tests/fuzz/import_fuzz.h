// What the targets of file formats share: bytes go all the way that import takes, but for the disk.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/error.h"
#include "data/formats/format.h"
#include "data/labels.h"
#include "data/sieve.h"
#include "tests/fuzz/fuzz.h"

namespace othello::fuzz {

/// Parses, replays and sieves `bytes`; checks what import promises: every game that is kept is legal, every record is
/// kept, left out or a duplicate, and with --strict the first that is left out is an error.
inline void import_bytes(std::string_view format, const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Vocabulary vocabulary(kBoard8);
  const WthorNames names{{"Anna", "Andr\xe9", ""}, {"Cup\t\n"}};
  for (const bool strict : {false, true}) {
    SieveOptions options;
    options.dedup = Dedup::symmetric;
    options.test = 0.5;
    options.strict = strict;
    std::int64_t kept = 0, records = 0;
    Sieve sieve(options, [&](const KeptGame& game) {
      ++kept;
      require(!replay(kBoard8, game.game.moves()).empty());  // throws for an illegal move
      require(!game.details.empty() && game.details.find('\n') == game.details.size() - 1);
    });
    sieve.begin("fuzz", std::string(place_unit(format, bytes)));
    const auto sink = [&](const Record& record) {
      ++records;
      require((record.fault == Fault::none) == record.problem.empty());
      require(record.place <= size + 1);
      sieve.add(record);
    };
    bool whole = true;  // no Error about the file as a whole
    try {
      try {
        const std::string note = parse_records(format, bytes, "fuzz", vocabulary, names, sink);
        if (!note.empty()) sieve.note(note);
      } catch (const Error&) {
        if (strict) throw;
        whole = false;
      }
      const SieveCounts counts = sieve.finish();
      require(!whole || counts.records == records);
      require(counts.records == counts.games + counts.duplicates + counts.skipped);
      require(counts.games == kept && counts.illegal <= counts.skipped);
      require(!strict || counts.skipped == 0);
    } catch (const Error&) {
      require(strict);
    }
  }
}

}  // namespace othello::fuzz
