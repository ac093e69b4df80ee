// What never became a row: looking at it and giving it up.  Trying it again: replay.h.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "crypto/secret_bytes.h"
#include "pg/connection.h"
#include "sealing/quarantine_record.h"

namespace bauta::quarantine {

// Which entries are meant; what is empty does not narrow.
struct Filter {
  std::string pipeline = {};
  std::vector<std::int64_t> ids = {};
  std::optional<std::string> reason = {}, column = {};
  std::optional<std::int64_t> since_ms = {}, until_ms = {};  // When it was quarantined, UTC.
  std::optional<std::int64_t> limit = {};                    // The first so many, oldest first.
  bool spare_expired = false;  // Not those of reason identity_expired: they may have their rows.
};

// An entry without what is sealed: safe to show to anybody.
struct Entry {
  std::int64_t id = 0;
  std::string pipeline;
  std::string message_id;  // As the queue gave it.
  std::int64_t sent_ms = 0;
  std::uint32_t item = 0;
  std::string reason;
  std::optional<std::string> column, sqlstate, constraint;
  int receive_count = 0;
  std::string recipient;    // Whose identity opens it.
  std::string state;        // held, replayed, discarded, expired
  std::string sent_at, at;  // "2026-11-21T07:00:00.123Z"
};

// Who opens the sealed records.
struct Identity {
  std::string id;  // Of the recipient: "q1".
  const crypto::SecretBytes& secret;
};

// All of these: one thread at a time; kConfig if our schema is missing.

// Entries of every state, oldest first.
Result<std::vector<Entry>> List(pg::Connection& connection, const Filter& filter);

// The event in clear.  Personal data: to a terminal or a private file, nowhere else.
// kRejected: no such entry, its body is gone, or it is sealed for another identity.
Result<sealing::Opened> Show(pg::Connection& connection, const std::string& pipeline,
                             std::int64_t id, const Identity& identity);

// The ids of the held ones, oldest first: what a person is asked about is what is done.
Result<std::vector<std::int64_t>> SelectHeld(pg::Connection& connection, const Filter& filter);

// Gives up those that are still held: their bodies are removed for good.  `why` is kept with them.
// How many.
Result<std::uint64_t> Discard(pg::Connection& connection, std::span<const std::int64_t> ids,
                              const std::string& why);

}  // namespace bauta::quarantine
