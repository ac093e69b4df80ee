// Parts that several commands build from a config.  What fails is blamed on its setting.
#pragma once

#include <memory>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "cli/blame.h"
#include "cli/kms.h"
#include "config/config.h"
#include "core/mapper.h"
#include "core/table_schema.h"
#include "keys/key_ring.h"
#include "mapping/check_rules.h"
#include "pg/connection.h"
#include "schema/registry.h"

namespace bauta::cli {

namespace paths {
inline constexpr std::string_view kQueue = "source.sqs.queue";
inline constexpr std::string_view kUrl = "target.postgres.url";
inline constexpr std::string_view kTable = "target.postgres.table";
}  // namespace paths

// The setting that `problem` is about.
std::string PathOf(const mapping::Problem& problem);

// kRetryable: AWS KMS, which wraps a key of it, does not answer.
Result<keys::KeyRing> LoadKeyRing(const config::Config& config, Blame& blame,
                                  const keys::Unwrap& unwrap = UnwrapByKms());
// For who needs names and check values only: wrapped keys stay wrapped.
Result<keys::KeyRing> LoadWrappedKeyRing(const config::Config& config, Blame& blame);

Result<pg::Connection> Connect(const config::Config& config, Blame& blame,
                               std::string_view application = "bauta");

// What config and key ring say should stand in the database's registry.
schema::Registry MakeRegistry(const config::Config& config, const keys::KeyRing& ring);

// This user may do on schema bauta what a run does.  kConfig names the object and the GRANT.
Result<> CheckGrants(pg::Connection& connection, Blame& blame);

// Schema bauta is there and agrees with the registry; kConfig where it does not.
Result<> CompareRegistry(pg::Connection& connection, const schema::Registry& registry,
                         schema::NewTokens new_tokens, Blame& blame);

// The key ring has every key that may have made rows in this database.  kConfig.
Result<> CheckHasAllKeys(pg::Connection& connection, const keys::KeyRing& ring, Blame& blame);

// The target table, which this user may fill.  kConfig if it is missing or no fit.
Result<TableSchema> ReadTarget(pg::Connection& connection, const config::Config& config,
                               Blame& blame);

// A recipient is named, be it the right one or not.
Result<> RequireRecipient(const config::Config& config, Blame& blame);
// Who may open the quarantine.  kConfig, with the way to make one, if none is configured or the key
// ring has none of that id and purpose.
Result<keys::Recipient> QuarantineRecipient(const config::Config& config, const keys::KeyRing& ring,
                                            Blame& blame);

// A mapper for one worker.  `config`, `ring` and `clock` must outlive it.
Result<std::unique_ptr<Mapper>> MakeMapper(const config::Config& config, const keys::KeyRing& ring,
                                           const TableSchema& table, Blame& blame,
                                           const Clock& clock = SystemClock());

}  // namespace bauta::cli
