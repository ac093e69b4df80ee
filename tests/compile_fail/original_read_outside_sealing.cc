// Must not compile: an original leaves the process only sealed.
#include "core/batch.h"

std::size_t Read(const bauta::Original& original) { return original.value_.size(); }
