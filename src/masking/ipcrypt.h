// ipcrypt (draft-denis-ipcrypt): addresses as other addresses, which who has the key turns back.
// Other programs that have the sub-key get the same.  One thread at a time.
#pragma once

#include <array>
#include <utility>

#include "base/result.h"
#include "crypto/aes.h"
#include "crypto/secret_bytes.h"
#include "masking/address.h"

namespace bauta::masking {

// ipcrypt-deterministic: one AES-128 block.  Of IPv4 addresses, too, it makes IPv6 ones.
class IpcryptDeterministic {
 public:
  static constexpr std::size_t kKeySize = 16;
  // kFatal for a key of another size.
  static Result<IpcryptDeterministic> Make(const crypto::SecretBytes& key);

  Address Encrypt(const Address& address);
  Address Decrypt(const Address& address);

 private:
  IpcryptDeterministic(crypto::AesBlocks encrypt, crypto::AesBlocks decrypt)
      : encrypt_(std::move(encrypt)), decrypt_(std::move(decrypt)) {}

  crypto::AesBlocks encrypt_, decrypt_;
};

// ipcrypt-pfx: addresses that share their first n bits still share them.  IPv4 stays IPv4.
class IpcryptPfx {
 public:
  static constexpr std::size_t kKeySize = 32;
  // kFatal for a key of another size; kConfig if its halves are equal: nothing would be hidden.
  static Result<IpcryptPfx> Make(const crypto::SecretBytes& key);

  Address Encrypt(const Address& address);
  Address Decrypt(const Address& address);

 private:
  IpcryptPfx(crypto::AesBlocks first, crypto::AesBlocks second)
      : first_(std::move(first)), second_(std::move(second)) {}

  crypto::AesBlocks first_, second_;
};

}  // namespace bauta::masking
