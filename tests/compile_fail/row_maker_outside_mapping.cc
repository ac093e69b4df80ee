// Must not compile: the maker of Rows serves the mapper alone.
#include "mapping/row_maker.h"

bauta::Row Make(std::span<const bauta::Value> values) {
  return bauta::mapping::RowMaker::Make(values);
}
