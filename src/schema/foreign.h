// What others put into a schema of ours: its owner must not have it, nor run it.
#pragma once

#include <string>

#include "base/result.h"
#include "pg/connection.h"
#include "schema/our_schema.h"

namespace bauta::schema {

// A SELECT of the tables, views and functions in the schema, as OurSchema::ours names them, and
// their owners.
std::string ThereSql(const OurSchema& schema);

// kConfig, naming all of it, if the schema holds a table, view or function that we did not make,
// or one of ours has a trigger, rule, policy or expression that can run others' code.
Result<> RefuseForeign(pg::Connection& connection, const OurSchema& schema);
// The same as a script.
std::string RefuseForeignSql(const OurSchema& schema);

}  // namespace bauta::schema
