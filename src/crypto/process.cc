#include "crypto/process.h"

#include <sodium.h>
#include <sys/prctl.h>
#include <sys/resource.h>

namespace bauta::crypto {

Result<> ProtectProcess() {
  if (sodium_init() < 0) return Fatal("libsodium cannot start");
  const rlimit none{0, 0};
  if (setrlimit(RLIMIT_CORE, &none) != 0) return Fatal("cannot forbid core dumps (RLIMIT_CORE)");
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
    return Fatal("cannot forbid core dumps (PR_SET_DUMPABLE)");
  }
  return Ok();
}

}  // namespace bauta::crypto
