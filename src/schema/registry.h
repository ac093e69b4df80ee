// What our schema remembers of a pipeline, so that a changed key or domain is found before it
// writes tokens that join with nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "pg/connection.h"

namespace bauta::schema {

struct Registry {
  struct Key {
    std::string kid, kcv, status;  // ENABLED, DISABLED, DESTROYED
  };
  struct MaskedColumn {
    std::string column, mask;
    std::string domain = {};     // Empty and 0 bits where the mask has no key.
    std::string canonical = {};  // The versioned form: str1, ip1...; of the masks without a key,
                                 // what else decides their output: ip-prefix1:24,48.
    int bits = 128;
    // Originals are kept.  Nothing: what an older `bauta init` wrote does not say.
    std::optional<bool> vault = {};
  };
  std::string pipeline, queue, target;
  std::string key_spec = "message";  // exactly_once.key, and under which key of the ring
  std::vector<Key> keys;
  std::string primary = {};  // The kid that makes new tokens; empty in what the database has.
  std::vector<MaskedColumn> columns;
  int retention_days = 35, quarantine_days = 30;
};

enum class NewTokens { kRefuse, kAccept };

// Writes the registry's rows; says in short lines what it changed.  Call inside a transaction that
// holds the exclusive migration lock.  kConfig: a known kid with other key material (always), or a
// masked column that changed or lost its vault (unless accepted).  Another event key, and a vault
// that is new, are only said.  `setting`, if given, is then what differs, as the config calls it:
// "keys.file".
Result<std::vector<std::string>> WriteRegistry(pg::Connection& connection, const Registry& registry,
                                               NewTokens new_tokens,
                                               std::string* setting = nullptr);

// What `run` and `check` ask at start; writes nothing.  kConfig where database and config differ,
// saying what differs and what to do; a missing schema or pipeline too.  A changed queue is fine;
// so is a key ring that lags behind in what its primary does not depend on: while keys rotate,
// hosts get it one after the other.
// `setting` as above; empty if the schema is missing.
Result<> Compare(pg::Connection& connection, const Registry& registry,
                 NewTokens new_tokens = NewTokens::kRefuse, std::string* setting = nullptr);

// The registry as the database has it, with what it knows of `pipeline`.  Nothing if there is none,
// or this user may not read it.
Result<std::optional<Registry>> ReadRegistry(pg::Connection& connection,
                                             const std::string& pipeline);

// The part of Compare that looks at the keys alone; the pipeline need not be there.
Result<> CompareKeys(pg::Connection& connection, const std::vector<Registry::Key>& keys,
                     std::string& setting);

// What has to look into every row asks this: `keys` has each key that the database knows and that
// is not destroyed, also one that came into use while this host's key ring lagged behind.  kConfig
// says what to bring, or which GRANT is missing.
Result<> CheckHasAllKeys(pg::Connection& connection, const std::vector<Registry::Key>& keys,
                         std::string& setting);

// Columns with tokens, which say by which key they were made.
struct TokenColumns {
  std::string pipeline, schema, table;
  std::vector<std::string> columns;
};
// Of all pipelines but `pipeline`, as far as tables and columns are still there.  One whose config
// names no schema may mean any table of that name: search paths differ.
Result<std::vector<TokenColumns>> ReadOtherTokenColumns(pg::Connection& connection,
                                                        const std::string& pipeline);

}  // namespace bauta::schema
