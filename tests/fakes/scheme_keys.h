// The sub-keys of the scheme's worked examples.
#pragma once

#include <string>
#include <string_view>

#include "crypto/hkdf.h"
#include "crypto/secret_bytes.h"

namespace bauta::fakes {

// K(purpose, domain, form, size) of the master key 00..1f.
inline crypto::SecretBytes SchemeKey(std::string_view purpose, const std::string& domain,
                                     const std::string& form, std::size_t size) {
  crypto::SecretBytes master(32);
  for (unsigned char i = 0; i < 32; ++i) master.writable()[i] = i;
  const crypto::SecretBytes prk = crypto::HkdfExtract("pii-token-v1", master);
  std::string info(purpose);
  info.append(1, '\0').append(domain).append(1, '\0').append(form);
  return crypto::HkdfExpand(prk, info, size);
}

}  // namespace bauta::fakes
