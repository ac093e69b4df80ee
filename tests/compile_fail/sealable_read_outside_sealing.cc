// Must not compile: a body leaves the process only sealed.
#include "core/batch.h"

std::size_t Read(const bauta::Sealable& sealable) { return sealable.body_.size(); }
