#pragma once

#include <span>

#include "base/result.h"

namespace bauta::crypto {

// No core dumps, no ptrace by others, libsodium ready.  Call at start before keys are read, and
// again after any change of uid, which makes the process dumpable.  Before other threads exist.
Result<> ProtectProcess();

// What a primitive must give, whatever library it comes from.
struct KnownAnswer {
  const char* primitive;
  bool (*is_given)();
};
// One or more for every primitive in use.
std::span<const KnownAnswer> KnownAnswers();

// Asks them all, so that a broken library is found before a row is written.  Takes about a
// millisecond.  kConfig names the primitive.
Result<> SelfTest(std::span<const KnownAnswer> answers = KnownAnswers());

}  // namespace bauta::crypto
