#pragma once

#include <memory>
#include <string>

#include "core/table_schema.h"
#include "mapping/event_reader.h"
#include "mapping/json.h"

namespace bauta::mapping {

// A literal default as the value that an event would have held: a string; for JSON and array
// columns the JSON that it spells, if it does.
class Literal {
 public:
  Literal(const std::string& literal, const Column& column, EventReader& reader);
  const Json& json() const { return json_; }

 private:
  std::unique_ptr<const std::string> text_;  // What json_ points into; stays when this moves.
  Json json_;
};

}  // namespace bauta::mapping
