#include "crypto/openssl.h"

#include <cstdio>
#include <cstdlib>

namespace bauta::crypto {

void Require(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "bauta: error: the cryptographic library failed: %s\n", what);
  std::abort();
}

}  // namespace bauta::crypto
