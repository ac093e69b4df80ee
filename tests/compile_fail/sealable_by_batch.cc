// Compiles: anybody may carry a body through.
#include "core/batch.h"

bauta::Sealable Carry(std::string body) {
  bauta::Sealable made("{}", std::move(body));
  return made;
}
