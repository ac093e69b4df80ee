#pragma once

#include <span>

#include "core/row.h"

namespace bauta::mapping {

// The only maker of Rows: whoever calls it vouches that every value is typed for its column, and
// masked if the config says so.  For mapping/ alone.
class RowMaker {
 private:
  friend class EventMapper;
  static Row Make(std::span<const Value> values) { return Row(values); }
};

}  // namespace bauta::mapping
