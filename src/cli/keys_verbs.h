// The parts of `bauta keys`.
#pragma once

#include <optional>
#include <string>

#include "cli/command.h"
#include "keys/edit.h"
#include "pg/connection.h"
#include "schema/schema.h"

namespace bauta::cli {

struct RingFile {
  std::string path;
  bool require_mlock = false;
};

// --file, else what the config says; nothing if that has problems, which are then printed.
std::optional<RingFile> FindRing(Context& context, const std::string& file);

void AddKeysAdd(CLI::App& keys, Context& context);
void AddKeysRotate(CLI::App& keys, Context& context);
void AddKeysEnd(CLI::App& keys, Context& context);  // retire, destroy
void AddKeysExport(CLI::App& keys, Context& context);

// What those share that change a ring.

// Locks it against others who would.
Result<keys::KeyRingEdit> EditRing(const std::string& path, Blame& blame);
// What the ring will be, into the database's registry: before it is a file, so that no instance can
// begin to use what the database does not know.
Result<> PublishRing(const config::Config& config, const keys::KeyRing& ring,
                     pg::Connection& connection, schema::NewTokens new_tokens, Blame& blame);
// What was done, and what comes next: for a person, who may be in a hurry; or `json`, without its
// braces.
void TellKeys(const Context& context, const std::string& ring, const std::string& did,
              const std::string& next, const std::string& json);

}  // namespace bauta::cli
