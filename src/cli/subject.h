// The person that an event is about: the config's `subject`.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/blame.h"
#include "config/config.h"
#include "core/mapper.h"
#include "core/table_schema.h"
#include "keys/key_ring.h"

namespace bauta::cli {

// `mapper`, whose events also say whose they are, where the config says subject; its column may
// instead be masked: then its token says it.  kConfig if no token can be made of the column's type.
Result<std::unique_ptr<Mapper>> WithSubject(const config::Config& config, const keys::KeyRing& ring,
                                            const TableSchema& table,
                                            std::unique_ptr<Mapper> mapper, Blame& blame);

// The rule of `column`; null if there is none.
const ColumnRule* FindRule(const config::Config& config, const std::string& column);

// The tokens of a person under every enabled key, in domain `subject`: as the list of erasures has
// them, where the subject's column is clear.  `person`: as the table shows it.
Result<std::vector<std::string>> SubjectTokens(const keys::KeyRing& ring,
                                               const std::string& person);

}  // namespace bauta::cli
