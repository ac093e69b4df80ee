// The way back from what the key ring alone opens: tokens of aes-siv, addresses of ipcrypt.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/blame.h"
#include "config/config.h"
#include "core/column_rule.h"
#include "keys/key_ring.h"
#include "masking/ipcrypt_mask.h"
#include "masking/siv_opener.h"
#include "vault/reveal.h"
#include "vault/reveal_moved.h"

namespace bauta::cli {

// `--month`, as a moment in it, for a mask whose domain changes with the month; for others 0.
// kConfig if it is missing there, or no month.
Result<std::int64_t> MomentFor(const ColumnRule& rule, const std::string& month);

// Under which the audit knows an address of an ipcrypt column: it takes no addresses, since one may
// be real.  The h1 token of what stands in the table, in a domain of its own.
Result<std::string> AuditToken(const keys::KeyRing::Key& key, std::string_view address);

// Opens tokens of aes-siv.  What is disabled opens nothing: that is how to stop it and keep the
// key.  One thread at a time.
class SivReader {
 public:
  // Of `column`, or, if that is null, of every column with aes-siv.  `config` and `ring` must
  // outlive it; a null ring opens nothing.
  SivReader(const config::Config& config, const ColumnRule* column, const keys::KeyRing* ring,
            std::int64_t now_ms);

  struct Opened {
    vault::Revealed revealed;  // kVerified; kNoKey without a value; or kDamaged.
    std::string domain;
  };
  Opened Open(std::string_view token);
  // What stands in the place of `asked`: kVerified if that was made of the same value, kNoMatch if
  // it was not, kNoKey with the value where its key is not at hand; disabled it will do.  Nothing
  // if no key opens `token`.
  std::optional<Opened> OpenAs(std::string_view token, std::string_view asked);

 private:
  struct Domain {
    std::string name, form;
    masking::SivOpener opener;
  };
  std::vector<Domain>& DomainsOf(const keys::KeyRing::Key& key);
  std::vector<Domain> MakeDomains(const keys::KeyRing::Key& key) const;
  vault::Verdict Check(std::string_view asked, const Opened& opened);

  std::vector<const ColumnRule*> columns_;
  const keys::KeyRing* ring_;
  std::int64_t now_ms_;
  std::map<std::string, std::vector<Domain>, std::less<>> by_kid_;
};

// The vault does not have it any more, or its key opens it no more: it may have moved.
bool IsClosed(const vault::Fetched& fetched, const vault::Revealed& revealed);

// For vault::RevealMoved.  Both must outlive it; a null `revealer` opens nothing of the vault.
vault::OpenMoved OpenMovedBy(vault::Revealer* revealer, SivReader& siv);

// Turns the addresses of one ipcrypt column back.  They say not by which key they were made, so
// that is asked of the registry.  One thread at a time.
class AddressReader {
 public:
  // kConfig if the registry says that this config or this key ring is not what made the column; a
  // user who may not read the registry gets values that are not verified.
  static Result<AddressReader> Make(const config::Config& config, const ColumnRule& column,
                                    const std::string& month, const keys::KeyRing& ring,
                                    Blame& blame);

  // kVerified or kNoKey; both with the value.  `address`: an address.
  vault::Revealed Open(std::string_view address);
  const std::string& domain() const { return domain_; }
  const keys::KeyRing::Key& key() const { return *key_; }

 private:
  AddressReader(masking::IpcryptMask::Cipher cipher, const keys::KeyRing::Key& key,
                std::string domain, vault::Verdict verdict)
      : cipher_(std::move(cipher)), key_(&key), domain_(std::move(domain)), verdict_(verdict) {}

  masking::IpcryptMask::Cipher cipher_;
  const keys::KeyRing::Key* key_;
  std::string domain_;
  vault::Verdict verdict_;
};

}  // namespace bauta::cli
