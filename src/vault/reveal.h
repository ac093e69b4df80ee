// From tokens back to their values, for who may: two steps in the database, then here.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/secret_bytes.h"
#include "keys/key_ring.h"
#include "masking/token_mask.h"
#include "pg/connection.h"
#include "sealing/vault_record.h"

namespace bauta::vault {

// A token as it is printed, in lower case; nothing for what is none.
std::optional<std::string> ParseToken(std::string_view text);

// All tokens in a text, in their order: a column, a CSV file, a table that psql drew.
std::vector<std::string> FindTokens(std::string_view text);

// A token whose original a vault may have; all others open with the key alone.
bool IsOfVault(std::string_view token);

// What the vault has of a token.
struct Fetched {
  std::string token;
  std::int64_t request = 0;  // Its line in the audit.
  bool found = false;        // Else what follows is empty.
  std::string domain, recipient, sealed;
};

// kConfig if this user may not reveal: names the GRANT.
Result<> CheckRevealer(pg::Connection& connection);

// Asks for `tokens`, 500 at a time, commits that, and only then fetches their records, which is a
// line of the audit too.  In their order.  kFatal if others keep the audit locked; kRetryable after
// a lost connection: then nothing was fetched that is not in the audit.  One thread at a time.
Result<std::vector<Fetched>> FetchSealed(pg::Connection& connection,
                                         std::span<const std::string> tokens,
                                         const std::string& reason);

enum class Verdict {
  kVerified,        // The value has this token.
  kNoKey,           // Whether it has, cannot be said: no such key at hand.
  kNoMatch,         // It has not: somebody who may write to the vault put it there.
  kUnknown,         // The vault has no such token.
  kOtherRecipient,  // Another identity opens it.
  kDamaged,         // The record was changed, or is another token's.
};
// "verified", "no_key"...
std::string_view VerdictCode(Verdict verdict);
struct Revealed {
  Verdict verdict = Verdict::kUnknown;
  std::string value;  // PII: to a terminal or a private file, nowhere else.
  std::string canon;  // The versioned form: "ip1".  Empty: there is no value.

  bool opened() const { return !canon.empty(); }
};

// Tells whether a value has a token, with the keys of a ring.  One thread at a time.
class TokenCheck {
 public:
  // Null: no keys at hand.  `ring` must outlive it.
  explicit TokenCheck(const keys::KeyRing* ring) : ring_(ring) {}

  // kVerified, kNoKey or kNoMatch.
  Verdict Check(std::string_view token, const std::string& domain, const std::string& canon,
                std::string_view value);

 private:
  // Null if it is not at hand.
  const keys::KeyRing::Key* KeyOf(std::string_view kid) const;
  std::optional<masking::TokenMask>& MaskOf(std::string_view token, const std::string& domain,
                                            const std::string& canon);

  const keys::KeyRing* ring_;
  std::map<std::string, std::optional<masking::TokenMask>> masks_;
};

// Opens what was fetched, for one recipient.  One thread at a time.
class Revealer {
 public:
  // `identity` and `ring` must outlive it; `ring` may be null.
  Revealer(std::string recipient, const crypto::SecretBytes& identity, const keys::KeyRing* ring)
      : recipient_(std::move(recipient)), opener_(identity), check_(ring) {}

  Revealed Open(const Fetched& fetched);
  // What was fetched under another token than was asked for: kVerified if the value has both.
  Revealed OpenAs(const Fetched& fetched, std::string_view asked);

 private:
  std::string recipient_;
  sealing::VaultOpener opener_;
  TokenCheck check_;
};

}  // namespace bauta::vault
