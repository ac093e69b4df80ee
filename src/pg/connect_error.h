// Why a connection was refused, in words of our own.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "pg/conninfo.h"

struct pg_conn;  // libpq's PGconn

namespace bauta::pg {

// Keywords in the shape that PQconnectdbParams wants.
struct Arrays {
  explicit Arrays(const Keywords& from) {
    for (const auto& [k, v] : from) {
      keys.push_back(k.c_str());
      values.push_back(v.c_str());
    }
    keys.push_back(nullptr);
    values.push_back(nullptr);
  }
  std::vector<const char*> keys, values;
};

// "host:port" or the socket's path.
std::string PlaceOf(const pg_conn* connection);

// Of a connection that did not come about.  Asks the server once more: libpq tells the SQLSTATE
// only to those who ask for it beforehand.
// `missing`: what it is when there is no such database.
Error ConnectError(pg_conn* conn, const Keywords& keywords, ErrorCode missing);

}  // namespace bauta::pg
