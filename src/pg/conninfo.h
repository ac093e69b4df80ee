// What libpq is told when it connects.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "pg/connection.h"

namespace bauta::pg {

using Keywords = std::vector<std::pair<std::string, std::string>>;

// The options' URL and our defaults as libpq keywords: read-write where there are several hosts,
// verify-full for hosts that are far away.  `env` answers for environment variables, null if unset.
// kConfig if the URL is none; the message does not quote it.
Result<Keywords> ConnectKeywords(const ConnectOptions& options,
                                 const std::function<const char*(const char*)>& env);

// Neither loopback, nor a socket, nor a single-label name as compose and Kubernetes give them.
bool IsFarHost(std::string_view host);

}  // namespace bauta::pg
