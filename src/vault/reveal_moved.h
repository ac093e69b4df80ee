// Tokens from before a rotation of keys, whose originals are under others now.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "pg/connection.h"
#include "vault/reveal.h"

namespace bauta::vault {

struct Moved {
  Fetched fetched;    // Under the token where it is now.
  Revealed revealed;  // kVerified if the value has the token that was asked for, too.
};

// Opens what was fetched under another token than the one that was asked for.  Nothing: it is not
// there either, but may be further on.
using OpenMoved = std::function<std::optional<Revealed>(Fetched& fetched, std::string_view asked)>;

// Of `tokens`, which do not open any more, those that open under the tokens that stand for them,
// asked for and fetched as by FetchSealed, and failing like it.  `aliases`, which
// is called if there are any, gives the connection to where that is known, which is with the rows,
// or null; without the right to read it there nothing is found, and the log says so.
Result<std::map<std::string, Moved>> RevealMoved(pg::Connection& pii,
                                                 const std::function<pg::Connection*()>& aliases,
                                                 const OpenMoved& open,
                                                 std::span<const std::string> tokens,
                                                 const std::string& reason);

}  // namespace bauta::vault
