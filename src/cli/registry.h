#pragma once

#include "base/result.h"
#include "config/config.h"
#include "keys/key_ring.h"
#include "schema/registry.h"

namespace bauta::cli {

// What config and key ring say should stand in the database's registry.
Result<schema::Registry> MakeRegistry(const config::Config& config, const keys::KeyRing& ring);

}  // namespace bauta::cli
