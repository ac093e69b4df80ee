#include "cli/processing_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "cli/maskers.h"
#include "cli/vault_wiring.h"

namespace bauta::cli {
namespace {

constexpr double kAddresses = 4294967296.0;  // IPv4.
constexpr double kIds = 1e9;                 // As many as 123-45-6789 has.

std::string OriginOf(const ColumnRule& rule) {
  switch (rule.origin) {
    case Origin::kAttribute:
      return "attribute:" + rule.from;
    case Origin::kSystem:
      return "system:" + rule.from;
    case Origin::kBody:
      return "body";
    case Origin::kPointer:
      break;
  }
  return rule.from;
}

bool IsAddress(const MaskRule& mask) {
  return mask.canonical == Canonical::kIp || mask.canonical == Canonical::kIpPrefix;
}

// All values that a form can have, as far as they can be listed.
WayBack Sweep(const MaskRule& mask, double rate) {
  WayBack way;
  way.needs = Needs::kTokenKey;
  if (mask.canonical == Canonical::kIpPrefix) {
    way.candidates = std::exp2(std::min(mask.v4, 32));
    way.how = fmt::format("tries all IPv4 networks of {} bits", mask.v4);
    way.limits = "the network alone; that of an IPv6 address only where it can be guessed";
  } else if (mask.canonical == Canonical::kIp) {
    way.candidates = kAddresses;
    way.how = "tries all IPv4 addresses";
    way.limits = "an IPv6 address only where it can be guessed";
  } else {
    way.candidates = kIds;
    way.how = "tries all ids of a form that has few, as the 10^9 like 123-45-6789";
    way.limits = "of long random ones (UUIDs) only those that are known elsewhere";
  }
  way.seconds = *way.candidates / rate;
  return way;
}

WayBack Vault(const config::Config& config) {
  return {.needs = Needs::kVaultIdentity,
          .how = fmt::format("opens the vault's record with the identity of {}, as a member of "
                             "pii_reveal (`bauta reveal`)",
                             config.vault.recipient),
          .limits = "values that came since the column has a vault",
          .candidates = {},
          .seconds = 0,
          .audited = true};
}

WayBack AtOnce(Needs needs, std::string how) {
  return {.needs = needs, .how = std::move(how), .limits = {}, .candidates = {}, .seconds = 0};
}

WayBack Decrypts() {
  return AtOnce(Needs::kTokenKey,
                "decrypts it, with any program (`bauta reveal` would leave an entry)");
}

std::string Thing(const MaskRule& mask) {
  if (mask.canonical == Canonical::kIpPrefix) {
    return fmt::format("the network of an address ({} bits of IPv4, {} of IPv6)", mask.v4, mask.v6);
  }
  return IsAddress(mask) ? "an IP address" : "a text";
}

std::string Keyed(const MaskRule& mask, std::string_view what) {
  std::string holds = fmt::format("{} of {}: equal values have equal ones in domain {}", what,
                                  Thing(mask), mask.domain);
  if (HasMonth(mask.domain)) holds += ", and others in another month";
  return holds;
}

// What everybody who reads a column of plain hashes can do.
void DescribeLegacy(const MaskRule& mask, const HashRates& rates, ColumnRecord& out) {
  const bool suffix = !mask.suffix.empty();
  const Needs needs = suffix ? Needs::kSuffix : Needs::kNothing;
  out.holds = fmt::format("SHA-256 of the value{}: an encoding, no protection",
                          suffix ? " and a suffix" : "");
  out.ways.push_back({.needs = needs,
                      .how = "tries all IPv4 addresses",
                      .limits = {},
                      .candidates = kAddresses,
                      .seconds = kAddresses / rates.sha256});
  out.ways.push_back({.needs = needs,
                      .how = "tries all ids of a form that has few, as the 10^9 like 123-45-6789",
                      .limits = {},
                      .candidates = kIds,
                      .seconds = kIds / rates.sha256});
}

void DescribeMask(const config::Config& config, const MaskRule& mask, const HashRates& rates,
                  ColumnRecord& out) {
  switch (mask.mask) {
    case Mask::kHmacSha256:
      out.holds = Keyed(mask, fmt::format("a keyed token of {} bits", mask.bits));
      out.ways.push_back(Sweep(mask, rates.token));
      if (mask.vault) out.ways.push_back(Vault(config));
      return;
    case Mask::kAesSiv:
      out.holds = Keyed(mask, "an encrypted token");
      out.ways.push_back(Decrypts());
      return;
    case Mask::kIpcryptDeterministic:
      out.holds = Keyed(mask, "an address in place");
      out.ways.push_back(Decrypts());
      return;
    case Mask::kIpcryptPfx:
      out.holds = Keyed(mask, "an address in place") + "; addresses of one network share one";
      out.ways.push_back(Decrypts());
      out.ways.push_back(AtOnce(Needs::kNothing,
                                "knows the first bits of an address from those that are known "
                                "beside theirs: 10 bits from 1,000 of them, 17 from 100,000"));
      return;
    case Mask::kLegacySha256:
      return DescribeLegacy(mask, rates, out);
    case Mask::kTruncate:
      out.holds = fmt::format(
          "the first {} bits of an IPv4 address, {} of an IPv6 address: one of "
          "{:.0f} IPv4 addresses",
          mask.v4, mask.v6, std::exp2(32 - mask.v4));
      return;
    case Mask::kKeepLast:
      out.holds = fmt::format(
          "the last {} letters and digits; the others cannot be had back, but "
          "few values may share these",
          mask.n);
      return;
    case Mask::kRedact:
      out.holds = fmt::format("{} for every value", mask.label);
      return;
    case Mask::kNull:
      out.holds = "nothing";
      return;
  }
}

bool SameTokens(const ColumnRule& a, const ColumnRule& b) {
  if (!a.mask || !b.mask || a.mask->mask != b.mask->mask) return false;
  if (a.mask->mask == Mask::kLegacySha256) return a.mask->suffix == b.mask->suffix;
  if (!IsToken(a.mask->mask) && !IsIpcrypt(a.mask->mask)) return false;
  return a.mask->domain == b.mask->domain && a.mask->bits == b.mask->bits &&
         masking::FormName(FormOf(*a.mask)) == masking::FormName(FormOf(*b.mask));
}

ColumnRecord Describe(const config::Config& config, const ColumnRule& rule,
                      const HashRates& rates) {
  ColumnRecord out;
  out.column = rule.column;
  out.from = OriginOf(rule);
  for (const ColumnRule& other : config.mapping.columns) {
    if (&other != &rule && SameTokens(rule, other)) out.joins.push_back(other.column);
  }
  if (rule.mask) {
    out.mask = MaskName(rule.mask->mask);
    DescribeMask(config, *rule.mask, rates, out);
    return out;
  }
  if (out.from.empty()) {
    out.holds = "the same for every event, or when it was sent or loaded";
    return out;
  }
  out.holds = "the value in clear: beside others it may single a person out (quasi-identifier)";
  out.quasi_identifier = true;
  out.ways.push_back(AtOnce(Needs::kNothing, "reads it"));
  return out;
}

std::vector<std::string> Recipients(const config::Config& config) {
  std::vector<std::string> out = {
      fmt::format("whoever may read table {}: what its columns hold", config.target.table),
      fmt::format(
          "whoever may receive from queue {} or its dead-letter queue: the events in clear, "
          "until they are deleted",
          config.source.queue)};
  if (!config.vault.recipient.empty()) {
    out.push_back(
        fmt::format("who has the identity of {}, and is a member of pii_reveal: the "
                    "originals in the vault",
                    config.vault.recipient));
  }
  if (!config.quarantine.recipient.empty()) {
    out.push_back(
        fmt::format("who has the identity of {}, and is a member of bauta_operator: "
                    "refused events",
                    config.quarantine.recipient));
  }
  return out;
}

std::vector<std::string> Measures(const config::Config& config) {
  std::vector<std::string> out = {
      "pseudonymisation before storage; domains keep what need not be joined apart",
      "refused events and originals are sealed (HPKE, X25519, ChaCha20-Poly1305) for recipients "
      "whose private keys the ingest does not have",
      "the key ring is a file of mode 0600; keys lie in locked memory that is wiped, and no core "
      "is "
      "dumped",
      "database roles of their own for ingest, operators, reveal, erasure and audit (`bauta init "
      "--roles`)",
      "every look at an original through the commands is requested with a reason and leaves an "
      "entry in a hash chain",
      "no original, key or token in logs and errors"};
  if (config.vault.url) out.emplace_back("the vault is in a database of its own");
  if (config.require_mlock) out.emplace_back("it does not run with keys that could be swapped out");
  return out;
}

}  // namespace

std::string_view NeedsCode(Needs needs) {
  switch (needs) {
    case Needs::kNothing:
      return "nothing";
    case Needs::kSuffix:
      return "suffix";
    case Needs::kTokenKey:
      return "token_key";
    case Needs::kVaultIdentity:
      return "vault_identity";
  }
  return {};
}

ProcessingRecord RecordOf(const config::Config& config, const HashRates& rates) {
  ProcessingRecord record{.pipeline = config.pipeline,
                          .queue = config.source.queue,
                          .table = config.target.table,
                          .columns = {},
                          .recipients = Recipients(config),
                          .measures = Measures(config),
                          .vault_recipient = config.vault.recipient,
                          .quarantine_recipient = config.quarantine.recipient,
                          .has_vault = HasVault(config),
                          .quarantine_days = config.quarantine.retention_days,
                          .ledger_days = config.target.retention_days,
                          .rates = rates};
  for (const ColumnRule& rule : config.mapping.columns) {
    record.columns.push_back(Describe(config, rule, rates));
  }
  if (config.mapping.unknown_fields == UnknownFields::kColumn) {
    record.columns.push_back({.column = config.mapping.rest_column,
                              .from = "body",
                              .mask = {},
                              .holds = "the fields that no column reads in clear, whatever the "
                                       "producer adds (quasi-identifiers)",
                              .joins = {},
                              .ways = {AtOnce(Needs::kNothing, "reads it")},
                              .quasi_identifier = true});
  }
  return record;
}

std::string HowLong(double seconds) {
  constexpr double kHour = 3600, kDay = 24 * kHour, kYear = 365.25 * kDay;
  if (seconds <= 0) return "at once";
  if (seconds < 0.1) return "less than 0.1 s";
  if (seconds < 90) return fmt::format("{:.1f} s", seconds);
  if (seconds < 1.5 * kHour) return fmt::format("{:.1f} min", seconds / 60);
  if (seconds < 2 * kDay) return fmt::format("{:.1f} h", seconds / kHour);
  if (seconds < 2 * kYear) return fmt::format("{:.0f} days", seconds / kDay);
  return fmt::format("{:.3g} years", seconds / kYear);
}

}  // namespace bauta::cli
