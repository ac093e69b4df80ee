#include "cli/vault_wiring.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/rotation.h"
#include "cli/wiring.h"
#include "config/codes.h"
#include "schema/grants.h"

namespace bauta::cli {
namespace {

namespace codes = config::codes;

constexpr std::string_view kRecipient = "vault.recipient", kUrl = "vault.url";

}  // namespace

bool HasVault(const config::Config& config) {
  return std::ranges::any_of(config.mapping.columns,
                             [](const ColumnRule& rule) { return rule.mask && rule.mask->vault; });
}

bool IsRotating(const config::Config& config, const keys::KeyRing& ring) {
  const auto enabled =
      std::ranges::count(ring.keys(), keys::KeyStatus::kEnabled, &keys::KeyRing::Key::status);
  const auto moves = [](const ColumnRule& rule) { return rule.mask && HasAliases(*rule.mask); };
  return enabled > 1 && std::ranges::any_of(config.mapping.columns, moves);
}

bool NeedsPii(const config::Config& config, const keys::KeyRing& ring) {
  return IsRotating(config, ring) || (!config.vault.url && HasVault(config));
}

std::string_view VaultUrlPath(const config::Config& config) {
  return config.vault.url ? kUrl : paths::kUrl;
}

Result<keys::Recipient> VaultRecipient(const config::Config& config, const keys::KeyRing& ring,
                                       Blame& blame) {
  const std::string& id = config.vault.recipient;
  const keys::Recipient* const found = ring.FindRecipient(id, keys::Purpose::kVault);
  if (found != nullptr && found->enabled) return *found;
  return blame.On(
      codes::kUnknownVaultRecipient, kRecipient,
      Result<keys::Recipient>(ConfigError(
          fmt::format("the key ring {} has no enabled recipient \"{}\" for the vault",
                      config.keyring, id),
          "`bauta keys list` shows which there are; `bauta keys generate` makes a key ring with a "
          "recipient v1 and its identity")));
}

std::optional<pg::ConnectOptions> PiiApart(const config::Config& config,
                                           std::string_view application) {
  if (!config.vault.url) return std::nullopt;
  return pg::ConnectOptions{.url = *config.vault.url, .application_name = std::string(application)};
}

Result<pg::Connection> ConnectVault(const config::Config& config, Blame& blame,
                                    std::string_view application) {
  return blame.On(codes::kDatabase, kUrl,
                  pg::Connection::Open({.url = config.vault.url.value_or(""),
                                        .application_name = std::string(application)}));
}

Result<std::optional<vault::VaultWriter::Options>> OpenVault(
    const config::Config& config, const keys::KeyRing& ring, pg::Connection& connection,
    vault::KnownTokens& known, Blame& blame, std::string_view application) {
  if (!HasVault(config)) return std::optional<vault::VaultWriter::Options>();
  const keys::Recipient recipient = TRY(VaultRecipient(config, ring, blame));
  std::optional<pg::Connection> own;
  if (config.vault.url) own.emplace(TRY(ConnectVault(config, blame, application)));
  TRY(blame.On(codes::kVault, VaultUrlPath(config), schema::CheckVault(own ? *own : connection)));
  vault::VaultWriter::Options options{
      .recipient = recipient.id, .recipient_key = recipient.pk, .known = &known};
  options.apart = PiiApart(config, application);
  return std::optional(std::move(options));
}

}  // namespace bauta::cli
