// What never became a row, tried again with today's rules.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "base/result.h"
#include "core/mapper.h"
#include "pg/connection.h"
#include "quarantine/quarantine.h"
#include "sinks/replay_sink.h"

namespace bauta::quarantine {

struct Replayed {
  std::uint64_t meant = 0;  // All below add up to it in the end.
  std::uint64_t replayed = 0;
  std::map<std::string, std::uint64_t> still_failing;  // By reason code.
  std::uint64_t skipped = 0;  // No longer held, in another replay's hands, or not to be opened.
  std::uint64_t expired = 0;  // Of the skipped: may have their rows already, see Replay.

  std::uint64_t settled() const;
};

enum class Mode { kReal, kDryRun };

// Maps the held entries again and gives them their rows, under each message's own id and time and
// many in a transaction; what came after the call began is not touched.  What is refused again, by
// the rules or by the server, stays held under its new reason, and costs its neighbours nothing.
// Of reason identity_expired, only those that the filter names by reason or id: whether they have
// been loaded is not known.
//
// `progress` is told now and then how far it is, also before an error: what it counts is done for
// good.  One thread at a time; kConfig if our schema is missing.
Result<Replayed> Replay(pg::Connection& connection, const Filter& filter, const Identity& identity,
                        Mapper& mapper, sinks::ReplaySink& sink, Mode mode,
                        const std::function<void(const Replayed&)>& progress = {});

}  // namespace bauta::quarantine
