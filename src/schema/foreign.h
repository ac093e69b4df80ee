// What others put into schema bauta: bauta_owner must not have it, nor run it.
#pragma once

#include <string>

#include "base/result.h"
#include "pg/connection.h"

namespace bauta::schema {

// A SELECT of the tables, views and functions in schema bauta as kOurs names them, and their
// owners.
extern const char* const kThere;

// kConfig, naming all of it, if schema bauta holds a table, view or function that we did not make,
// or one of ours has a trigger, rule, policy or expression that can run others' code.
Result<> RefuseForeign(pg::Connection& connection);

// The same as a script.
std::string RefuseForeignSql();

}  // namespace bauta::schema
