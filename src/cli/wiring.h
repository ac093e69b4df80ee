// Parts that several commands build from a config and a key ring.
#pragma once

#include <memory>

#include "base/result.h"
#include "config/config.h"
#include "core/mapper.h"
#include "core/table_schema.h"
#include "keys/key_ring.h"
#include "masking/column_masker.h"
#include "schema/registry.h"

namespace bauta::cli {

// The versioned canonical form that a config's `canonical` stands for.
masking::Form FormOf(Canonical canonical);

// What config and key ring say should stand in the database's registry.
schema::Registry MakeRegistry(const config::Config& config, const keys::KeyRing& ring);

// Who may open the quarantine.  kConfig, with the way to make one, if none is configured or the key
// ring has none of that id and purpose.
Result<keys::Recipient> QuarantineRecipient(const config::Config& config,
                                            const keys::KeyRing& ring);

// A mapper for one worker.  `config` and `ring` must outlive it.
Result<std::unique_ptr<Mapper>> MakeMapper(const config::Config& config, const keys::KeyRing& ring,
                                           const TableSchema& table);

}  // namespace bauta::cli
