// Schema `pii`: the vault, its audit and what was erased.  docs/formats/schema.md has its
// objects.
#pragma once

#include <string>

namespace bauta::schema {

// For a server of that PQserverVersion.  Every statement may be repeated, by the schema's owner.
std::string CreatePiiSql(int server_version);

}  // namespace bauta::schema
