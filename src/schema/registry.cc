#include "schema/registry.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "pg/params.h"
#include "schema/registry_differences.h"
#include "schema/schema.h"

namespace bauta::schema {
namespace {

// The registry as the database has it.
struct Stored {
  std::optional<std::int16_t> pipeline_id;
  Registry registry;
};

Result<std::vector<Registry::Key>> ReadKeys(pg::Connection& connection) {
  const pg::Rows rows = TRY(connection.Query("SELECT kid, kcv, status FROM bauta.key ORDER BY 1"));
  std::vector<Registry::Key> keys;
  for (int i = 0; i < rows.size(); ++i) {
    keys.push_back({rows.String(i, 0), rows.String(i, 1), rows.String(i, 2)});
  }
  return keys;
}

Result<Stored> Read(pg::Connection& connection, const std::string& pipeline) {
  Stored stored;
  const pg::Rows meta =
      TRY(connection.Query("SELECT retention_days, quarantine_days FROM bauta.meta"));
  if (meta.size() > 0) {
    stored.registry.retention_days = static_cast<int>(meta.Int(0, 0));
    stored.registry.quarantine_days = static_cast<int>(meta.Int(0, 1));
  }
  stored.registry.keys = TRY(ReadKeys(connection));
  const pg::Rows row =
      TRY(connection.Exec("SELECT id, queue, target, key_spec FROM bauta.pipeline WHERE name = $1",
                          pg::Params().Text(pipeline)));
  if (row.size() == 0) return stored;
  stored.pipeline_id = static_cast<std::int16_t>(row.Int(0, 0));
  stored.registry.pipeline = pipeline;
  stored.registry.queue = row.String(0, 1);
  stored.registry.target = row.String(0, 2);
  stored.registry.key_spec = row.String(0, 3);
  const pg::Rows columns = TRY(
      connection.Exec("SELECT column_name, mask, domain, canonical, bits, to_jsonb(m)->>'vault' "
                      "FROM bauta.masked_column AS m WHERE pipeline = $1 ORDER BY 1",
                      pg::Params().Int16(*stored.pipeline_id)));
  for (int i = 0; i < columns.size(); ++i) {
    Registry::MaskedColumn column{columns.String(i, 0), columns.String(i, 1), columns.String(i, 2),
                                  columns.String(i, 3), static_cast<int>(columns.Int(i, 4))};
    if (!columns.IsNull(i, 5)) column.vault = columns.Text(i, 5) == "true";
    stored.registry.columns.push_back(std::move(column));
  }
  return stored;
}

constexpr const char* kOtherTokenColumns = R"(
SELECT p.name, n.nspname, c.relname, m.column_name
FROM bauta.pipeline p JOIN bauta.masked_column m ON m.pipeline = p.id
CROSS JOIN LATERAL parse_ident(p.target, false) AS target (parts)
CROSS JOIN LATERAL array_upper(parts, 1) AS last (i)
JOIN pg_catalog.pg_class c ON c.relname = parts[i]
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND (i = 1 OR n.nspname = parts[i - 1])
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = m.column_name
WHERE p.name <> $1 AND m.mask IN ('hmac-sha256', 'aes-siv') AND c.relkind IN ('r', 'p')
  AND c.relpersistence <> 't' AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1, 2, 3, 4)";

using Lines = std::vector<std::string>;

Result<std::int16_t> WritePipeline(pg::Connection& connection, const Stored& stored,
                                   const Registry& wanted, Lines& did) {
  const Registry& known = stored.registry;
  const bool same_place = known.queue == wanted.queue && known.target == wanted.target;
  const bool same_key = !stored.pipeline_id || known.key_spec == wanted.key_spec;
  if (stored.pipeline_id && same_place && same_key) return *stored.pipeline_id;
  const char* const sql = stored.pipeline_id
                              ? "UPDATE bauta.pipeline SET queue = $2, target = $3, key_spec = $4 "
                                "WHERE name = $1 RETURNING id"
                              : "INSERT INTO bauta.pipeline (name, queue, target, key_spec) "
                                "VALUES ($1, $2, $3, $4) RETURNING id";
  const pg::Rows row = TRY(connection.Exec(sql, pg::Params()
                                                    .Text(wanted.pipeline)
                                                    .Text(wanted.queue)
                                                    .Text(wanted.target)
                                                    .Text(wanted.key_spec)));
  if (!stored.pipeline_id || !same_place) {
    did.push_back(fmt::format("{} pipeline {}: queue {} into table {}",
                              stored.pipeline_id ? "changed" : "registered", wanted.pipeline,
                              wanted.queue, wanted.target));
  }
  if (!same_key) {
    did.push_back(fmt::format("changed the event key from {} to {}{}", known.key_spec,
                              wanted.key_spec, EventKeyChange(known.key_spec, wanted.key_spec)));
  }
  return static_cast<std::int16_t>(row.Int(0, 0));
}

Result<> WriteKeys(pg::Connection& connection, const Registry& stored, const Registry& wanted,
                   NewTokens new_tokens, Lines& did) {
  for (const Registry::Key& key : wanted.keys) {
    const Registry::Key* const known = FindKey(stored, key.kid);
    if (known != nullptr && known->status == key.status) continue;
    TRY(
        connection.Exec("INSERT INTO bauta.key (kid, kcv, status) VALUES ($1, $2, $3) "
                        "ON CONFLICT (kid) DO UPDATE SET status = excluded.status",
                        pg::Params().Text(key.kid).Text(key.kcv).Text(key.status)));
    did.push_back(
        fmt::format("registered key {} ({}, check value {})", key.kid, key.status, key.kcv));
  }
  if (new_tokens == NewTokens::kRefuse) return Ok();
  for (const Registry::Key& known : stored.keys) {
    if (known.status == "DESTROYED" || FindKey(wanted, known.kid) != nullptr) continue;
    TRY(connection.Exec("UPDATE bauta.key SET status = 'DESTROYED' WHERE kid = $1",
                        pg::Params().Text(known.kid)));
    did.push_back(fmt::format("marked key {} as gone", known.kid));
  }
  return Ok();
}

// Of a schema of this version that an older program made.
Result<> AddVaultColumn(pg::Connection& connection) {
  const pg::Rows there =
      TRY(connection.Query("SELECT 1 FROM pg_catalog.pg_attribute WHERE attname = 'vault' AND NOT "
                           "attisdropped AND attrelid = 'bauta.masked_column'::regclass"));
  if (there.size() > 0) return Ok();
  TRY(connection.Query("ALTER TABLE bauta.masked_column ADD COLUMN vault boolean"));
  return Ok();
}

Result<> WriteColumns(pg::Connection& connection, std::int16_t pipeline, const Registry& stored,
                      const Registry& wanted, Lines& did) {
  TRY(AddVaultColumn(connection));
  for (const Registry::MaskedColumn& c : wanted.columns) {
    const Registry::MaskedColumn* const known = FindColumn(stored, c.column);
    const bool same = known != nullptr && Spell(*known) == Spell(c);
    if (same && known->vault == HasVault(c)) continue;
    TRY(connection.Exec(
        "INSERT INTO bauta.masked_column (pipeline, column_name, mask, domain, canonical, bits, "
        "vault) VALUES ($1, $2, $3, $4, $5, $6, $7::boolean) ON CONFLICT (pipeline, column_name) "
        "DO UPDATE SET mask = excluded.mask, domain = excluded.domain, canonical = "
        "excluded.canonical, bits = excluded.bits, vault = excluded.vault",
        pg::Params()
            .Int16(pipeline)
            .Text(c.column)
            .Text(c.mask)
            .Text(c.domain)
            .Text(c.canonical)
            .Int16(static_cast<std::int16_t>(c.bits))
            .Text(HasVault(c) ? "true" : "false")));
    if (!same) did.push_back(fmt::format("registered masked column {}: {}", c.column, Spell(c)));
    if (std::string line = VaultChange(known, c); !line.empty()) did.push_back(std::move(line));
  }
  for (const Registry::MaskedColumn& known : stored.columns) {
    if (FindColumn(wanted, known.column) != nullptr) continue;
    TRY(connection.Exec("DELETE FROM bauta.masked_column WHERE pipeline = $1 AND column_name = $2",
                        pg::Params().Int16(pipeline).Text(known.column)));
    did.push_back(fmt::format("column {} is no longer registered as masked", known.column));
  }
  return Ok();
}

Result<> WriteRetention(pg::Connection& connection, const Registry& stored, const Registry& wanted,
                        Lines& did) {
  if (stored.retention_days == wanted.retention_days &&
      stored.quarantine_days == wanted.quarantine_days) {
    return Ok();
  }
  TRY(connection.Exec(
      "UPDATE bauta.meta SET retention_days = $1, quarantine_days = $2, changed_at = now()",
      pg::Params().Int32(wanted.retention_days).Int32(wanted.quarantine_days)));
  did.push_back(fmt::format("retention: ledger {} d, quarantine {} d", wanted.retention_days,
                            wanted.quarantine_days));
  return Ok();
}

// Our tables are there and of a version that we can work with.
Result<> CheckVersion(pg::Connection& connection) {
  const pg::Rows there = TRY(connection.Query("SELECT to_regclass('bauta.meta') IS NOT NULL"));
  if (!there.Bool(0, 0)) {
    return ConfigError(fmt::format("database {} at {} has no schema bauta", connection.database(),
                                   connection.place()),
                       kRunInit);
  }
  const pg::Rows meta = TRY(connection.Query("SELECT schema_version, min_worker FROM bauta.meta"));
  if (meta.size() == 0) return ConfigError("bauta.meta is empty", kRunInit);
  const std::int64_t version = meta.Int(0, 0), min_worker = meta.Int(0, 1);
  if (version < kSchemaVersion) {
    return ConfigError(
        fmt::format("schema bauta has version {}, this program needs {}", version, kSchemaVersion),
        "run `bauta init`: it upgrades in a moment, and instances of the version before go on");
  }
  if (min_worker > kSchemaVersion || version > kSchemaVersion + 1) {
    return ConfigError(
        fmt::format("schema bauta has version {}, this program knows {}", version, kSchemaVersion),
        fmt::format("use a newer bauta: this one works with versions {} and {}", kSchemaVersion,
                    kSchemaVersion + 1));
  }
  return Ok();
}

}  // namespace

Result<std::vector<std::string>> WriteRegistry(pg::Connection& connection, const Registry& wanted,
                                               NewTokens new_tokens, std::string* setting) {
  std::string unused;
  std::string& differs = setting == nullptr ? unused : *setting;
  const Stored stored = TRY(Read(connection, wanted.pipeline));
  TRY(RefuseOtherMaterial(stored.registry, wanted, differs));
  const std::optional<Difference> changed = ChangedTokens(stored.registry, wanted);
  if (changed && new_tokens == NewTokens::kRefuse) {
    differs = changed->setting;
    return TokensChanged(changed->what);
  }
  const std::optional<Difference> vault =
      ChangedVault(stored.registry, wanted, VaultChanges::kLost);
  if (vault && new_tokens == NewTokens::kRefuse) {
    differs = vault->setting;
    return VaultChanged(vault->what);
  }

  Lines did;
  const std::int16_t id = TRY(WritePipeline(connection, stored, wanted, did));
  TRY(WriteKeys(connection, stored.registry, wanted, new_tokens, did));
  TRY(WriteColumns(connection, id, stored.registry, wanted, did));
  TRY(WriteRetention(connection, stored.registry, wanted, did));
  return did;
}

Result<> Compare(pg::Connection& connection, const Registry& wanted, NewTokens new_tokens,
                 std::string* setting) {
  std::string unused;
  std::string& differs = setting == nullptr ? unused : *setting;
  TRY(CheckVersion(connection));
  const Stored stored = TRY(Read(connection, wanted.pipeline));
  if (!stored.pipeline_id) {
    differs = "pipeline";
    return ConfigError(fmt::format("pipeline {} is not registered in database {}", wanted.pipeline,
                                   connection.database()),
                       kRunInit);
  }
  TRY(RefuseOtherMaterial(stored.registry, wanted, differs));
  const std::optional<Difference> changed = ChangedTokens(stored.registry, wanted);
  if (changed && new_tokens == NewTokens::kRefuse) {
    differs = changed->setting;
    return TokensChanged(changed->what);
  }
  TRY(RefuseOtherEventKey(stored.registry, wanted, differs));
  if (new_tokens == NewTokens::kAccept) return Ok();
  if (const auto vault = ChangedVault(stored.registry, wanted, VaultChanges::kAny)) {
    differs = vault->setting;
    return VaultChanged(vault->what);
  }
  if (const std::optional<Difference> missing = Unregistered(stored.registry, wanted)) {
    differs = missing->setting;
    return ConfigError(missing->what, kRunInit);
  }
  return Ok();
}

Result<std::optional<Registry>> ReadRegistry(pg::Connection& connection,
                                             const std::string& pipeline) {
  Result<Stored> stored = Read(connection, pipeline);
  if (stored.ok()) return std::optional(std::move(stored)->registry);
  const std::string& why = connection.last_failure().sqlstate;
  if (why == "42501" || why == "42P01" || why == "3F000") return std::optional<Registry>();
  return stored.error();
}

Result<> CompareKeys(pg::Connection& connection, const std::vector<Registry::Key>& keys,
                     std::string& setting) {
  TRY(CheckVersion(connection));
  Registry stored, wanted;
  stored.keys = TRY(ReadKeys(connection));
  wanted.keys = keys;
  TRY(RefuseOtherMaterial(stored, wanted, setting));
  if (const auto missing = MissingKey(stored, wanted)) {
    setting = missing->setting;
    return TokensChanged(missing->what);
  }
  if (const auto missing = UnregisteredKey(stored, wanted)) {
    setting = missing->setting;
    return ConfigError(missing->what, kRunInit);
  }
  return Ok();
}

Result<> CheckHasAllKeys(pg::Connection& connection, const std::vector<Registry::Key>& keys,
                         std::string& setting) {
  Result<std::vector<Registry::Key>> known = ReadKeys(connection);
  if (!known.ok() && connection.last_failure().sqlstate == "42501") {
    return ConfigError(
        fmt::format("user {} may not read which keys this database knows", connection.user()),
        fmt::format("GRANT USAGE ON SCHEMA bauta TO {0}; GRANT SELECT ON bauta.key TO {0};",
                    pg::QuoteName(connection.user())));
  }
  if (!known.ok()) {
    TRY(CheckVersion(connection));  // Which says it better.
    return known.error();
  }
  Registry stored, wanted;
  stored.keys = std::move(known).value();
  wanted.keys = keys;
  TRY(RefuseOtherMaterial(stored, wanted, setting));
  const std::optional<Difference> lost = LostKey(stored, wanted);
  if (!lost) return Ok();
  setting = lost->setting;
  return ConfigError(lost->what + ": what it made would be missed",
                     "bring the newest key ring to this host, from the one where `bauta keys` is "
                     "run, and put it in the place of this file; if no copy of that key is left "
                     "anywhere: `bauta init --accept-new-tokens` marks it as gone");
}

Result<std::vector<TokenColumns>> ReadOtherTokenColumns(pg::Connection& connection,
                                                        const std::string& pipeline) {
  const pg::Rows rows = TRY(connection.Exec(kOtherTokenColumns, pg::Params().Text(pipeline)));
  std::vector<TokenColumns> all;
  for (int i = 0; i < rows.size(); ++i) {
    const bool same = !all.empty() && all.back().pipeline == rows.Text(i, 0) &&
                      all.back().schema == rows.Text(i, 1) && all.back().table == rows.Text(i, 2);
    if (!same) all.push_back({rows.String(i, 0), rows.String(i, 1), rows.String(i, 2), {}});
    all.back().columns.push_back(rows.String(i, 3));
  }
  return all;
}

}  // namespace bauta::schema
