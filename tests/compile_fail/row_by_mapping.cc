// Compiles: anybody may read and copy a Row that mapping/ made.
#include "core/row.h"

std::size_t Read(const bauta::Row& row) {
  const bauta::Row copy = row;
  return copy.values().size();
}
