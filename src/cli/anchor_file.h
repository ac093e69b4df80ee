// Anchors of the audit as they are kept outside the database.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "vault/audit_chain.h"

namespace bauta::cli {

// "17 5a355c...": what `audit anchor` prints, without the time behind it.
std::string AnchorText(const vault::Anchor& anchor);

// One a line: as `audit anchor` printed them, text or JSON; empty lines do not count.  kConfig with
// the number of the line that is no anchor.  Pure.
Result<std::vector<vault::Anchor>> ParseAnchors(std::string_view text);

// Those of a file, or of standard input ("-").  kConfig if it cannot be read or holds none.
Result<std::vector<vault::Anchor>> ReadAnchors(const std::string& file);

}  // namespace bauta::cli
