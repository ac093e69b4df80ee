#pragma once

#include "base/result.h"

namespace bauta::crypto {

// No core dumps, no ptrace by others, libsodium ready.  Call at start before keys are read, and
// again after any change of uid, which makes the process dumpable.  Before other threads exist.
Result<> ProtectProcess();

// Known answers for every primitive in use, so that a broken library is found before a row is
// written.  Takes about a millisecond.  kFatal names the primitive.
Result<> SelfTest();

}  // namespace bauta::crypto
