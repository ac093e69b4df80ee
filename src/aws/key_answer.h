// Credentials as providers write them down.  Pure functions; any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "aws/credentials.h"
#include "base/clock.h"
#include "base/result.h"

namespace bauta::aws {

// The members of a JSON object that are strings or whole numbers, those of an object inside as
// "outer.inner".  Nothing if it is no object.
std::optional<std::map<std::string, std::string>> FlatJson(std::string_view json);

// "2026-11-21T08:25:36Z", also with a fraction, UTC or an offset for the Z.
std::optional<WallTime> ParseTime(std::string_view text);

// {"AccessKeyId","SecretAccessKey",token_name,"Expiration"}.  kConfig: it is something else.
// Errors name `from` and what is missing, and quote nothing.
Result<Credentials> ReadKeys(const std::map<std::string, std::string>& fields,
                             const std::string& token_name, const std::string& from);
Result<Credentials> ReadJsonKeys(std::string_view json, const std::string& token_name,
                                 const std::string& from);

}  // namespace bauta::aws
