#include "cli/demo_parts.h"

#include <fmt/format.h>

#include <memory>
#include <span>
#include <utility>

#include "aws/sqs_client.h"
#include "cli/queue_loader.h"
#include "cli/send_entries.h"
#include "cli/wiring.h"
#include "config/load.h"
#include "keys/generate.h"
#include "keys/identity.h"
#include "keys/key_file.h"
#include "keys/key_ring.h"
#include "pg/connection.h"
#include "schema/schema.h"
#include "vault/audit.h"
#include "vault/reveal.h"

namespace bauta::cli {
namespace {

std::string ConfigText(const DemoPlace& place) {
  return fmt::format(R"yaml(pipeline: demo
source:
  sqs: {{queue: {}, endpoint: "{}", region: us-east-1}}
target:
  postgres: {{url: "{}", table: user_logins}}
columns:
  user_id:          {{from: /user_id, required: true}}
  device_type:      {{from: /device_type}}
  masked_ip:        {{from: /ip,        required: true, mask: hmac-sha256, canonical: ip,   vault: true}}
  masked_device_id: {{from: /device_id, required: true, mask: hmac-sha256, canonical: text, vault: true}}
  locale:           {{from: /locale}}
  app_version:      {{from: /app_version, as: version}}
  create_date:      {{from: /create_date, default: sent_at}}
keys: {{file: keyring.json}}
vault: {{recipient: v1}}
quarantine: {{recipient: q1}}
)yaml",
                     place.queue, place.endpoint, place.database_url);
}

// The demo's own text alone: neither variables nor flags change it.
Result<config::Config> ReadConfig(const DemoPlace& place, const std::string& text) {
  config::Sources sources;
  sources.file = place.config_file;
  sources.text = text;
  config::Loaded loaded = config::Load(sources);
  if (!loaded.ok())
    return Fatal("the demo's own config has a problem: " + loaded.problems.front().message);
  return std::move(loaded.config);
}

Result<std::vector<DemoFindings::Repeated>> MostRepeated(pg::Connection& connection,
                                                         const std::string& column) {
  const pg::Rows rows = TRY(connection.Query(
      fmt::format("SELECT {0}, count(*) FROM user_logins GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 3",
                  pg::QuoteName(column))));
  std::vector<DemoFindings::Repeated> out;
  for (int i = 0; i < rows.size(); ++i)
    out.push_back({rows.String(i, 0), static_cast<std::uint64_t>(rows.Int(i, 1))});
  return out;
}

}  // namespace

Result<config::Config> PrepareDemo(const DemoPlace& place) {
  const std::string text = ConfigText(place);
  TRY(keys::WriteNewFiles({{place.config_file, text}}));
  TRY(keys::Generate(place.directory, {}));  // No passphrase: they go with the demo.
  config::Config config = TRY(ReadConfig(place, text));
  const keys::KeyRing ring = TRY(keys::KeyRing::Load(config.keyring));
  const schema::Registry registry = MakeRegistry(config, ring);
  pg::Connection connection = TRY(pg::Connection::Open({.url = config.target.url}));
  TRY(schema::Init(connection, registry, {.create_table = true, .vault = true}));
  return config;
}

Result<> SendToQueue(const DemoPlace& place, std::vector<std::string> bodies) {
  const std::unique_ptr<aws::SqsClient> client = TRY(aws::SqsClient::Open(
      {.queue = place.queue, .region = "us-east-1", .endpoint = place.endpoint},
      aws::SystemEnvironment()));
  QueueLoader loader(*client, TRY(client->FindQueue(place.queue)));
  std::vector<aws::SendEntry> entries = TRY(ToEntries(place.queue, std::move(bodies)));
  TRY(loader.Load(std::move(entries)));
  if (loader.failed() > 0) return Fatal("the queue refused samples: " + loader.last_refusal());
  return Ok();
}

Result<DemoFindings> ReadFindings(const DemoPlace& place) {
  pg::Connection connection = TRY(pg::Connection::Open({.url = place.database_url}));
  DemoFindings findings;
  findings.columns = {"user_id", "device_type", "masked_ip",  "masked_device_id",
                      "locale",  "app_version", "create_date"};
  const pg::Rows first = TRY(connection.Query(
      "SELECT user_id, device_type, masked_ip, masked_device_id, locale, app_version, create_date "
      "FROM user_logins LIMIT 5"));
  for (int row = 0; row < first.size(); ++row) {
    std::vector<std::string>& cells = findings.first_rows.emplace_back();
    for (int i = 0; i < first.columns(); ++i) cells.push_back(first.String(row, i));
  }
  findings.addresses = TRY(MostRepeated(connection, "masked_ip"));
  findings.devices = TRY(MostRepeated(connection, "masked_device_id"));
  const pg::Rows refused = TRY(
      connection.Query("SELECT reason, coalesce(column_name, ''), count(*) FROM bauta.quarantine "
                       "GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 5"));
  for (int i = 0; i < refused.size(); ++i)
    findings.quarantined.push_back({refused.String(i, 0), refused.String(i, 1),
                                    static_cast<std::uint64_t>(refused.Int(i, 2))});
  return findings;
}

Result<DemoFindings::WayBack> FindWayBack(const DemoPlace& place, const config::Config& config,
                                          const std::string& token) {
  pg::Connection connection = TRY(pg::Connection::Open({.url = place.database_url}));
  std::string recipient;
  const crypto::SecretBytes identity = TRY(keys::OpenIdentity(
      place.directory / keys::kVaultIdentityFile, keys::Purpose::kVault,
      [] { return Fatal("the demo has no passphrase"); }, &recipient));
  const keys::KeyRing ring = TRY(keys::KeyRing::Load(config.keyring));
  const std::vector<vault::Fetched> fetched =
      TRY(vault::FetchSealed(connection, std::span(&token, 1), "the demo shows the way back"));
  vault::Revealer revealer(recipient, identity, &ring);
  const vault::Revealed revealed = revealer.Open(fetched.front());
  DemoFindings::WayBack back{
      token, revealed.value, revealed.verdict == vault::Verdict::kVerified, {}};
  TRY(vault::ListAudit(connection, {.limit = 2}, [&](const vault::AuditEntry& e) {
    back.audit.push_back({e.seq, e.at, e.actor, e.action, e.reason.value_or("")});
  }));
  return back;
}

}  // namespace bauta::cli
