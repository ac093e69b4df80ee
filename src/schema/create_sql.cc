// Our schema.  Every statement may be repeated, and makes a version 1 a version 2: only additions,
// and no lock that a reader of our tables (a dump, say) would wait for.
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "schema/fill.h"
#include "schema/grants.h"
#include "schema/our_schema.h"
#include "schema/pii_roles.h"
#include "schema/pii_sql.h"
#include "schema/roles.h"
#include "schema/schema.h"

namespace bauta::schema {
namespace {

// Not CREATE SCHEMA IF NOT EXISTS, which wants CREATE on the database also where nothing is to do.
constexpr std::string_view kHead = R"(DO $$BEGIN
  IF to_regnamespace('bauta') IS NULL THEN CREATE SCHEMA bauta; END IF;
END$$;
CREATE TABLE IF NOT EXISTS bauta.meta (
  one             boolean PRIMARY KEY DEFAULT true CHECK (one),
  schema_version  integer NOT NULL,
  min_worker      integer NOT NULL,
  retention_days  integer NOT NULL DEFAULT 35 CHECK (retention_days BETWEEN 16 AND 45),
  quarantine_days integer NOT NULL DEFAULT 30,
  horizon_ms      bigint NOT NULL DEFAULT 0,
  changed_at      timestamptz NOT NULL DEFAULT now());
INSERT INTO bauta.meta (schema_version, min_worker) VALUES (@VERSION@, 1) ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS bauta.pipeline (
  id         smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name       text NOT NULL UNIQUE,
  queue      text NOT NULL,
  target     text NOT NULL,
  key_spec   text NOT NULL DEFAULT 'message',
  created_at timestamptz NOT NULL DEFAULT now());
)";

// A ring of 64 fixed partitions: docs/adr/0002-ledger.md.
constexpr std::string_view kLedger = R"(CREATE TABLE IF NOT EXISTS bauta.ledger (
  sent_ms    bigint NOT NULL CHECK (sent_ms >= 0),
  message_id uuid NOT NULL,
  pipeline   smallint NOT NULL,
  slot       smallint NOT NULL CHECK (slot = sent_ms / 86400000 % 64),
  PRIMARY KEY (sent_ms, message_id, pipeline, slot)) PARTITION BY LIST (slot);
DO $$BEGIN FOR i IN 0..63 LOOP EXECUTE format(
  'CREATE TABLE IF NOT EXISTS bauta.%I PARTITION OF bauta.ledger FOR VALUES IN (%s)@OPTIONS@',
  'ledger_' || lpad(i::text, 2, '0'), i); END LOOP; END$$;
)";

// Before PostgreSQL 11 no partitioned table has a primary key.
constexpr std::string_view kPlainLedger = R"(CREATE TABLE IF NOT EXISTS bauta.ledger (
  sent_ms    bigint NOT NULL CHECK (sent_ms >= 0),
  message_id uuid NOT NULL,
  pipeline   smallint NOT NULL,
  slot       smallint NOT NULL CHECK (slot = sent_ms / 86400000 % 64),
  PRIMARY KEY (sent_ms, message_id, pipeline, slot));
)";

constexpr std::string_view kRecords = R"(CREATE TABLE IF NOT EXISTS bauta.event_key (
  key        uuid NOT NULL,
  pipeline   smallint NOT NULL,
  body_tag   bytea NOT NULL,
  first_seen timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (key, pipeline));
CREATE INDEX IF NOT EXISTS event_key_first_seen_idx ON bauta.event_key USING brin (first_seen);
-- messages: new ledger keys only; twins in memory count as redelivered.
-- A replay has messages = redelivered = quarantined = 0.
CREATE TABLE IF NOT EXISTS bauta.batch (
  id          uuid PRIMARY KEY,
  pipeline    smallint NOT NULL,
  worker      text NOT NULL,
  origin      text NOT NULL DEFAULT 'queue' CHECK (origin IN ('queue', 'replay')),
  at          timestamptz NOT NULL DEFAULT now(),
  messages    integer NOT NULL,
  redelivered integer NOT NULL,
  events      integer NOT NULL,
  inserted    integer NOT NULL,
  duplicate   integer NOT NULL,
  quarantined integer NOT NULL,
  CHECK (events = inserted + duplicate + quarantined));
CREATE TABLE IF NOT EXISTS bauta.quarantine (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  pipeline        smallint NOT NULL,
  sent_ms         bigint NOT NULL,
  message_id      uuid NOT NULL,
  item            integer NOT NULL DEFAULT 0,
  message_id_text text NOT NULL,
  reason          text NOT NULL,
  column_name     text,
  sqlstate        text,
  constraint_name text,
  receive_count   integer NOT NULL,
  recipient       text NOT NULL,
  sealed          bytea,
  at              timestamptz NOT NULL DEFAULT now(),
  state           text NOT NULL DEFAULT 'held'
                  CHECK (state IN ('held', 'replayed', 'discarded', 'expired')),
  state_at        timestamptz,
  state_by        text,
  UNIQUE (sent_ms, message_id, pipeline, item),
  CHECK (state <> 'held' OR sealed IS NOT NULL));
DO $$BEGIN
  IF (SELECT attstorage FROM pg_attribute
      WHERE attrelid = 'bauta.quarantine'::regclass AND attname = 'sealed') <> 'e' THEN
    ALTER TABLE bauta.quarantine ALTER sealed SET STORAGE EXTERNAL;
  END IF;
END$$;
CREATE TABLE IF NOT EXISTS bauta.key (
  kid        text PRIMARY KEY,
  kcv        text NOT NULL,
  status     text NOT NULL CHECK (status IN ('ENABLED', 'DISABLED', 'DESTROYED')),
  created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE IF NOT EXISTS bauta.masked_column (
  pipeline    smallint NOT NULL,
  column_name text NOT NULL,
  mask        text NOT NULL,
  domain      text NOT NULL,
  canonical   text NOT NULL,
  bits        smallint NOT NULL,
  PRIMARY KEY (pipeline, column_name));
ALTER TABLE bauta.masked_column ADD COLUMN IF NOT EXISTS vault boolean;
-- Since version 2: for status, and for what is expired.
CREATE INDEX IF NOT EXISTS batch_pipeline_at_idx ON bauta.batch (pipeline, at);
CREATE INDEX IF NOT EXISTS quarantine_held_idx ON bauta.quarantine (pipeline, reason)
  WHERE state = 'held';
CREATE INDEX IF NOT EXISTS quarantine_sealed_idx ON bauta.quarantine (at)
  WHERE sealed IS NOT NULL;
)";

constexpr std::string_view kExpire =
    R"(CREATE OR REPLACE FUNCTION bauta.expire(p_slot integer) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE h bigint; m bigint; t text := format('bauta.ledger_%s', lpad(p_slot::text, 2, '0'));
BEGIN
  SET LOCAL lock_timeout = '1s';
  UPDATE bauta.meta SET horizon_ms = greatest(horizon_ms,
      least((extract(epoch FROM now()) * 1000)::bigint, (SELECT max(sent_ms) FROM bauta.ledger))
      - retention_days * 86400000::bigint)
    RETURNING horizon_ms INTO h;
  EXECUTE 'LOCK TABLE ' || t || ' IN ACCESS EXCLUSIVE MODE';
  EXECUTE 'SELECT max(sent_ms) FROM ' || t INTO m;
  IF m IS NULL THEN RETURN 'empty'; END IF;
  IF m >= h THEN
    EXECUTE 'DELETE FROM ' || t || ' WHERE sent_ms < $1' USING h;
    RETURN 'kept';
  END IF;
  EXECUTE 'TRUNCATE ' || t;
  RETURN 'truncated';
END$$;
)";

constexpr std::string_view kPlainExpire =
    R"(CREATE OR REPLACE FUNCTION bauta.expire(p_slot integer) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE h bigint;
BEGIN
  SET LOCAL lock_timeout = '1s';
  UPDATE bauta.meta SET horizon_ms = greatest(horizon_ms,
      least((extract(epoch FROM now()) * 1000)::bigint, (SELECT max(sent_ms) FROM bauta.ledger))
      - retention_days * 86400000::bigint)
    RETURNING horizon_ms INTO h;
  LOCK TABLE bauta.ledger IN SHARE ROW EXCLUSIVE MODE;
  DELETE FROM bauta.ledger WHERE sent_ms < h;
  RETURN 'kept';
END$$;
)";

constexpr std::string_view kTail = R"(REVOKE ALL ON FUNCTION bauta.expire(integer) FROM PUBLIC;
CREATE OR REPLACE FUNCTION bauta.expire_rest() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE gone bigint;
BEGIN
  UPDATE bauta.quarantine SET state = 'expired', state_at = now(), sealed = NULL
    WHERE state = 'held' AND sealed IS NOT NULL
      AND at < now() - (SELECT quarantine_days FROM bauta.meta) * interval '1d';
  UPDATE bauta.quarantine SET sealed = NULL WHERE state = 'replayed' AND sealed IS NOT NULL;
  DELETE FROM bauta.batch
    WHERE pipeline IN (SELECT id FROM bauta.pipeline)
      AND at < now() - (SELECT retention_days FROM bauta.meta) * interval '1d';
  DELETE FROM bauta.event_key WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM bauta.event_key
      WHERE first_seen < now() - (SELECT retention_days FROM bauta.meta) * interval '1d'
      LIMIT 100000 FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS gone = ROW_COUNT;
  PERFORM set_config('bauta.more_to_expire', (gone = 100000)::text, true);
END$$;
REVOKE ALL ON FUNCTION bauta.expire_rest() FROM PUBLIC;
DO $do$BEGIN
  IF to_regclass('bauta.fate') IS NULL THEN
    @FATE@;
  END IF;
END$do$;
UPDATE bauta.meta SET schema_version = @VERSION@, changed_at = now()
  WHERE schema_version < @VERSION@;
)";

// For who runs the script of an old program on a new schema.
constexpr std::string_view kRefuseNewer = R"(DO $$BEGIN
  IF to_regclass('@NAME@.meta') IS NOT NULL THEN
    IF (SELECT schema_version FROM @NAME@.meta) > @NUMBER@ THEN
      RAISE EXCEPTION 'schema @NAME@ is newer than this script: use the script of a newer bauta';
    END IF;
  END IF;
END$$;
)";

constexpr int kPostgres11 = 110000;
constexpr int kPostgres12 = 120000;

std::string FillVersion(std::string text) {
  return Fill(std::move(text), "@VERSION@", std::to_string(kSchemaVersion));
}

std::string Ledger(int server_version) {
  if (server_version < kPostgres11) return std::string(kPlainLedger);
  return Fill(std::string(kLedger), "@OPTIONS@",
              server_version < kPostgres12 ? "" : " WITH (vacuum_truncate=off)");
}

std::string RefuseNewer(const OurSchema& schema, int version) {
  return Fill(Fill(std::string(kRefuseNewer), "@NAME@", schema.name), "@NUMBER@",
              std::to_string(version));
}

std::string AsComments(std::string out, std::string_view indent, const std::string& lines) {
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t end = lines.find('\n', at);
    out.append(indent).append(lines, at, end - at) += '\n';
    at = end + 1;
  }
  return out;
}

// For whom `bauta run` connects as: here called ingest.
std::string GrantsAsComments() {
  return AsComments(
             "-- If `bauta run` connects as another role than the owner of all this, it needs:\n",
             "--   ", IngestGrants("ingest") + "GRANT INSERT ON user_logins TO ingest;\n") +
         AsComments("-- And to write to the vault:\n", "--     ", PiiIngestGrants("ingest"));
}

}  // namespace

std::string CreateSql(int server_version) {
  std::string sql(kHead);
  sql += Ledger(server_version);
  sql += kRecords;
  sql += server_version < kPostgres11 ? kPlainExpire : kExpire;
  sql += kTail;
  return FillVersion(Fill(std::move(sql), "@FATE@", kFateView));
}

const OurSchema kBauta{"bauta", "bauta_owner", R"(
  SELECT 'TABLE bauta.' || unnest(ARRAY['meta', 'pipeline', 'ledger', 'event_key', 'batch',
                                        'quarantine', 'key', 'masked_column'])
  UNION ALL
  SELECT 'TABLE bauta.ledger_' || lpad(i::text, 2, '0') FROM generate_series(0, 63) AS i
  UNION ALL
  VALUES ('VIEW bauta.fate'), ('FUNCTION bauta.expire(integer)'), ('FUNCTION bauta.expire_rest()'))"};

const char* const kFateView = R"(CREATE OR REPLACE VIEW bauta.fate AS
      SELECT l.pipeline, l.message_id, l.sent_ms, to_timestamp(l.sent_ms / 1000.0) AS sent_at,
             count(q.id) AS quarantined, count(*) FILTER (WHERE q.state = 'replayed') AS replayed
      FROM bauta.ledger l LEFT JOIN bauta.quarantine q USING (sent_ms, message_id, pipeline)
      GROUP BY 1, 2, 3)";

const char* const kUserLogins =
    "CREATE TABLE IF NOT EXISTS user_logins(user_id varchar(128), device_type varchar(32), "
    "masked_ip varchar(256), masked_device_id varchar(256), locale varchar(32), "
    "app_version integer, create_date date)";

std::string PrintSql(const InitOptions& options, const std::string& table) {
  std::string sql = fmt::format(
      "-- Schemas bauta, version {}, and pii, version {}, for PostgreSQL 12 and newer.  May be "
      "repeated; upgrades older versions.\n"
      "-- `bauta init` then writes the rows of pipeline, key and masked_column.\n"
      "BEGIN;\n"
      "SET LOCAL client_min_messages = warning;\n"
      "SELECT pg_advisory_xact_lock(1650554225, 1);\n",
      kSchemaVersion, pg::kPiiSchemaVersion);
  sql += RefuseNewer(kBauta, kSchemaVersion) + RefuseNewer(kPii, pg::kPiiSchemaVersion);
  if (options.roles) sql += MakeRolesSql() + "SET LOCAL ROLE bauta_owner;\n";
  sql += CreateSql(kPostgres12);
  if (options.roles) sql += GrantRolesSql() + "SET LOCAL ROLE NONE;\n";
  sql += "-- The vault: needed where a column of the config has vault: true.\n";
  if (options.roles) sql += MakePiiRolesSql() + "SET LOCAL ROLE pii_owner;\n";
  sql += CreatePiiSql(kPostgres12);
  if (options.roles) sql += GrantPiiRolesSql() + "SET LOCAL ROLE NONE;\n";
  if (options.create_table) sql += std::string(kUserLogins) + ";\n";
  if (options.roles) return sql + GrantTargetSql(table) + "COMMIT;\n";
  return sql + "COMMIT;\n" + GrantsAsComments();
}

}  // namespace bauta::schema
