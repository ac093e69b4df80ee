// The quarantine's reason codes in a sentence each.
#pragma once

#include <string_view>

namespace bauta::cli {

// What the code means; empty for a code that we do not know (a newer version wrote it).
std::string_view Meaning(std::string_view reason_code);

}  // namespace bauta::cli
