// The two schemas that are ours, with their owners where roles were asked for.
#pragma once

namespace bauta::schema {

struct OurSchema {
  const char *name, *owner;
  const char*
      ours;  // A SELECT of what we make in it: tables, views, functions, as ALTER names them.
};

extern const OurSchema kBauta, kPii;

}  // namespace bauta::schema
