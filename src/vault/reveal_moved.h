// Tokens from before a rotation of keys, whose originals are under others now.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>

#include "base/result.h"
#include "pg/connection.h"
#include "vault/reveal.h"

namespace bauta::vault {

struct Moved {
  Fetched fetched;    // Under the token where it is now.
  Revealed revealed;  // kVerified if the value has the token that was asked for, too.
};

// Of `tokens`, which the vault at `pii` no longer has, those that it has under the tokens that
// stand for them, asked for and fetched as by FetchSealed, and failing like it.  `aliases`, which
// is called if there are any, gives the connection to where that is known, which is with the rows,
// or null; without the right to read it there nothing is found, and the log says so.
Result<std::map<std::string, Moved>> RevealMoved(pg::Connection& pii,
                                                 const std::function<pg::Connection*()>& aliases,
                                                 Revealer& revealer,
                                                 std::span<const std::string> tokens,
                                                 const std::string& reason);

}  // namespace bauta::vault
