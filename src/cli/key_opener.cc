#include "cli/key_opener.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "cli/maskers.h"
#include "cli/when.h"
#include "cli/wiring.h"
#include "config/codes.h"
#include "crypto/secret_bytes.h"
#include "masking/token.h"
#include "masking/token_mask.h"
#include "schema/registry.h"

namespace bauta::cli {
namespace {

using vault::Revealed;
using vault::Verdict;

constexpr const char* kAuditDomain = "ipcrypt";

const keys::KeyRing::Key* FindEnabled(const keys::KeyRing& ring, std::string_view kid) {
  const keys::KeyRing::Key* const key = ring.Find(kid);
  return key != nullptr && key->status == keys::KeyStatus::kEnabled ? key : nullptr;
}

// The domain in every month of which tokens can be there; those of this month first.
std::vector<std::string> MonthsOf(const std::string& domain, const keys::KeyRing::Key& key,
                                  std::int64_t now_ms) {
  if (!HasMonth(domain)) return {domain};
  const int now = masking::MonthOf(now_ms);
  std::vector<std::string> domains;
  for (int at = now + 1; at >= FirstMonthOf(key, now); --at) {
    domains.push_back(DomainOf(domain, masking::MonthName(at)));
  }
  return domains;
}

// raw1 too, whatever on_invalid says now: it may have said something else.
Result<masking::SivOpener> MakeOpener(const keys::KeyRing::Key& key, const std::string& domain,
                                      const masking::Form& form) {
  const crypto::SecretBytes proper = TRY(SubKeyFor(key, Mask::kAesSiv, domain, form));
  const crypto::SecretBytes raw = TRY(SubKeyFor(key, Mask::kAesSiv, domain, masking::Form::kRaw1));
  return masking::SivOpener::Make(proper, raw, domain, form);
}

// Which key made an ipcrypt column, by what is on record.
struct Maker {
  const keys::KeyRing::Key* key;
  Verdict verdict;
};

Error OtherMaker(const ColumnRule& column, const std::string& what) {
  return ConfigError(fmt::format("column {} was made {}", column.column, what),
                     "take the config and the key ring that filled it: any other key gives "
                     "addresses too, but wrong ones");
}

Result<Maker> MakerOf(const schema::Registry& registry, const ColumnRule& column,
                      const keys::KeyRing& ring) {
  const auto known =
      std::ranges::find(registry.columns, column.column, &schema::Registry::MaskedColumn::column);
  if (known == registry.columns.end()) return Maker{&ring.primary(), Verdict::kNoKey};
  if (known->mask != MaskName(column.mask->mask) || known->domain != column.mask->domain) {
    return OtherMaker(column, fmt::format("with {}, domain {}", known->mask, known->domain));
  }
  const std::string kid = known->canonical.substr(known->canonical.rfind(' ') + 1);
  const keys::KeyRing::Key* const key = FindEnabled(ring, kid);
  if (key == nullptr) {
    return OtherMaker(column, fmt::format("under key {}, which this key ring has not, or has not "
                                          "enabled",
                                          kid));
  }
  const auto registered = std::ranges::find(registry.keys, kid, &schema::Registry::Key::kid);
  if (registered == registry.keys.end() || registered->kcv != key->kcv) {
    return OtherMaker(column, fmt::format("under another {} than this key ring has", kid));
  }
  return Maker{key, Verdict::kVerified};
}

}  // namespace

Result<std::int64_t> MomentFor(const ColumnRule& rule, const std::string& month) {
  if (!HasMonth(rule.mask->domain)) return std::int64_t{0};
  if (month.size() == 7) {
    if (const std::optional<std::int64_t> moment = ParseWhen(month + "-02", {})) return *moment;
  }
  return ConfigError(fmt::format("what is in {} changes with the month", rule.column),
                     "say of which: --month 2026-01");
}

Result<std::string> AuditToken(const keys::KeyRing::Key& key, std::string_view address) {
  MaskRule rule;
  rule.canonical = Canonical::kIp;
  rule.domain = kAuditDomain;
  masking::TokenMask mask = TRY(MakeTokenMask(key, rule));
  return std::string(mask.Mask(address, 0).text);
}

SivReader::SivReader(const config::Config& config, const ColumnRule* column,
                     const keys::KeyRing* ring, std::int64_t now_ms)
    : ring_(ring), now_ms_(now_ms) {
  for (const ColumnRule& rule : config.mapping.columns) {
    const bool siv = rule.mask && rule.mask->mask == Mask::kAesSiv;
    if (siv && (column == nullptr || column == &rule)) columns_.push_back(&rule);
  }
}

std::vector<SivReader::Domain>& SivReader::DomainsOf(const keys::KeyRing::Key& key) {
  const auto [at, is_new] = by_kid_.try_emplace(key.kid);
  if (is_new) at->second = MakeDomains(key);
  return at->second;
}

std::vector<SivReader::Domain> SivReader::MakeDomains(const keys::KeyRing::Key& key) const {
  std::vector<Domain> domains;
  for (const ColumnRule* const rule : columns_) {
    const masking::Form form = FormOf(*rule->mask);
    const std::string form_name = masking::FormName(form);
    for (const std::string& name : MonthsOf(rule->mask->domain, key, now_ms_)) {
      const bool there = std::ranges::any_of(
          domains, [&](const Domain& d) { return d.name == name && d.form == form_name; });
      if (there) continue;
      Result<masking::SivOpener> opener = MakeOpener(key, name, form);
      if (opener.ok()) domains.push_back({name, form_name, std::move(opener).value()});
    }
  }
  return domains;
}

SivReader::Opened SivReader::Open(std::string_view token) {
  const std::optional<masking::Token> parsed = masking::ParseToken(token);
  if (!parsed) return {{Verdict::kDamaged, {}, {}}, {}};
  const keys::KeyRing::Key* const key =
      ring_ == nullptr ? nullptr : FindEnabled(*ring_, parsed->kid);
  if (key == nullptr) return {{Verdict::kNoKey, {}, {}}, {}};
  for (Domain& domain : DomainsOf(*key)) {
    std::optional<masking::SivOpener::Opened> opened = domain.opener.Open(parsed->bytes);
    if (!opened) continue;
    const std::string form = opened->raw ? masking::FormName(masking::Form::kRaw1) : domain.form;
    return {{Verdict::kVerified, std::move(opened->value), form}, domain.name};
  }
  return {{Verdict::kDamaged, {}, {}}, {}};
}

std::optional<SivReader::Opened> SivReader::OpenAs(std::string_view token, std::string_view asked) {
  Opened opened = Open(token);
  if (opened.revealed.verdict == Verdict::kNoKey) return std::nullopt;
  if (opened.revealed.verdict == Verdict::kVerified) {
    opened.revealed.verdict = Check(asked, opened);
  }
  return opened;
}

// A token of aes-siv opens only for the key that made it.
Verdict SivReader::Check(std::string_view asked, const Opened& opened) {
  const std::optional<masking::Token> parsed = masking::ParseToken(asked);
  if (!parsed || vault::IsOfVault(asked)) return Verdict::kNoMatch;
  const keys::KeyRing::Key* const key = ring_->Find(parsed->kid);
  if (key == nullptr || key->status == keys::KeyStatus::kDestroyed) return Verdict::kNoKey;
  for (Domain& domain : DomainsOf(*key)) {
    std::optional<masking::SivOpener::Opened> old = domain.opener.Open(parsed->bytes);
    if (!old) continue;
    const bool same = old->value == opened.revealed.value && domain.name == opened.domain;
    crypto::Wipe(old->value);
    return same ? Verdict::kVerified : Verdict::kNoMatch;
  }
  return Verdict::kNoMatch;
}

bool IsClosed(const vault::Fetched& fetched, const Revealed& revealed) {
  return vault::IsOfVault(fetched.token) ? !fetched.found : revealed.verdict == Verdict::kNoKey;
}

vault::OpenMoved OpenMovedBy(vault::Revealer* revealer, SivReader& siv) {
  return
      [revealer, &siv](vault::Fetched& fetched, std::string_view asked) -> std::optional<Revealed> {
        if (vault::IsOfVault(fetched.token)) {
          if (revealer == nullptr || !fetched.found) return std::nullopt;
          return revealer->OpenAs(fetched, asked);
        }
        std::optional<SivReader::Opened> opened = siv.OpenAs(fetched.token, asked);
        if (!opened) return std::nullopt;
        fetched.found = false;
        fetched.domain = std::move(opened->domain);
        return std::move(opened->revealed);
      };
}

Result<AddressReader> AddressReader::Make(const config::Config& config, const ColumnRule& column,
                                          const std::string& month, const keys::KeyRing& ring,
                                          Blame& blame) {
  const std::int64_t moment = TRY(MomentFor(column, month));
  pg::Connection connection = TRY(Connect(config, blame));
  const std::optional<schema::Registry> registry =
      TRY(schema::ReadRegistry(connection, config.pipeline));
  Maker maker{&ring.primary(), Verdict::kNoKey};
  if (registry) {
    maker = TRY(blame.On(config::codes::kRegistry, "keys.file", MakerOf(*registry, column, ring)));
  }
  const std::string domain =
      DomainOf(column.mask->domain, masking::MonthName(masking::MonthOf(moment)));
  return AddressReader(TRY(MakeCipher(*maker.key, column.mask->mask, domain)), *maker.key, domain,
                       maker.verdict);
}

Revealed AddressReader::Open(std::string_view address) {
  const std::optional<masking::Address> bytes = masking::ParseIp(address);
  if (!bytes) return {Verdict::kDamaged, {}, {}};
  const auto decrypt = [&](auto& with) { return with.Decrypt(*bytes); };
  masking::AddressText room;
  return {verdict_, std::string(masking::WriteAddress(std::visit(decrypt, cipher_), room)),
          masking::FormName(masking::Form::kIp1)};
}

}  // namespace bauta::cli
