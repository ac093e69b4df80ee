#include "schema/pii_sql.h"

#include <string_view>

#include "pg/our_schema.h"
#include "schema/fill.h"

namespace bauta::schema {
namespace {

constexpr std::string_view kTables = R"(DO $$BEGIN
  IF to_regnamespace('pii') IS NULL THEN CREATE SCHEMA pii; END IF;
END$$;
CREATE TABLE IF NOT EXISTS pii.meta (
  one            boolean PRIMARY KEY DEFAULT true CHECK (one),
  schema_version integer NOT NULL,
  changed_at     timestamptz NOT NULL DEFAULT now());
INSERT INTO pii.meta (schema_version) VALUES (@VERSION@) ON CONFLICT DO NOTHING;
-- first_seen: a finer time would lead back to the row.
CREATE TABLE IF NOT EXISTS pii.vault (
  token      text PRIMARY KEY,
  domain     text NOT NULL,
  kid        text NOT NULL,
  recipient  text NOT NULL,
  sealed     bytea NOT NULL,
  first_seen date NOT NULL DEFAULT (now() AT TIME ZONE 'UTC')::date);
CREATE TABLE IF NOT EXISTS pii.token_alias (
  old_token text PRIMARY KEY,
  new_token text NOT NULL,
  domain    text NOT NULL);
CREATE INDEX IF NOT EXISTS token_alias_new ON pii.token_alias (new_token);
CREATE TABLE IF NOT EXISTS pii.erased (
  token_or_subject text PRIMARY KEY,
  erased_at        timestamptz NOT NULL);
CREATE TABLE IF NOT EXISTS pii.generation (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  n   bigint NOT NULL);
INSERT INTO pii.generation VALUES (true, 0) ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS pii.audit (
  seq       bigint PRIMARY KEY,
  at        timestamptz NOT NULL,
  actor     text NOT NULL,
  action    text NOT NULL,
  token     text,
  reason    text,
  prev_hash bytea NOT NULL,
  hash      bytea NOT NULL,
  xid       bigint NOT NULL);
CREATE INDEX IF NOT EXISTS audit_lookup ON pii.audit (actor, at) WHERE action = 'lookup';
CREATE TABLE IF NOT EXISTS pii.audit_head (
  one  boolean PRIMARY KEY DEFAULT true CHECK (one),
  seq  bigint NOT NULL,
  hash bytea NOT NULL);
INSERT INTO pii.audit_head VALUES (true, 0, decode(repeat('00', 32), 'hex'))
  ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS pii.anchor (
  seq  bigint NOT NULL,
  hash bytea NOT NULL,
  at   timestamptz NOT NULL,
  note text,
  PRIMARY KEY (seq, at));
)";

// Before PostgreSQL 11 there is none without an extension.
constexpr std::string_view kSha256 = R"(CREATE OR REPLACE FUNCTION pii._sha256(m bytea)
RETURNS bytea LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  word constant bigint := 4294967295;
  rounds constant text := '428a2f9871374491b5c0fbcfe9b5dba53956c25b59f111f1923f82a4ab1c5ed5'
    'd807aa9812835b01243185be550c7dc372be5d7480deb1fe9bdc06a7c19bf174'
    'e49b69c1efbe47860fc19dc6240ca1cc2de92c6f4a7484aa5cb0a9dc76f988da'
    '983e5152a831c66db00327c8bf597fc7c6e00bf3d5a7914706ca635114292967'
    '27b70a852e1b21384d2c6dfc53380d13650a7354766a0abb81c2c92e92722c85'
    'a2bfe8a1a81a664bc24b8b70c76c51a3d192e819d6990624f40e3585106aa070'
    '19a4c1161e376c082748774c34b0bcb5391c0cb34ed8aa4a5b9cca4f682e6ff3'
    '748f82ee78a5636f84c878148cc7020890befffaa4506cebbef9a3f7c67178f2';
  start constant text := '6a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd19';
  h bigint[]; v bigint[]; w bigint[]; k bigint[]; a bigint; b bigint;
  n constant integer := length(m);
  p bytea := m || decode('80' || repeat('00', 63 - (n + 8) % 64), 'hex') || int8send(n * 8::bigint);
BEGIN
  FOR i IN 0..63 LOOP
    k[i] := ('x' || substr(rounds, i * 8 + 1, 8))::bit(32)::bigint;
    IF i < 8 THEN h[i] := ('x' || substr(start, i * 8 + 1, 8))::bit(32)::bigint; END IF;
  END LOOP;
  FOR block IN 0..length(p) / 64 - 1 LOOP
    FOR i IN 0..15 LOOP
      w[i] := ('x' || encode(substr(p, block * 64 + i * 4 + 1, 4), 'hex'))::bit(32)::bigint;
    END LOOP;
    FOR i IN 16..63 LOOP
      a := w[i - 15];
      b := w[i - 2];
      a := ((a >> 7) | (a << 25)) # ((a >> 18) | (a << 14)) # (a >> 3);
      b := ((b >> 17) | (b << 15)) # ((b >> 19) | (b << 13)) # (b >> 10);
      w[i] := (w[i - 16] + w[i - 7] + (a & word) + (b & word)) & word;
    END LOOP;
    v := h;
    FOR i IN 0..63 LOOP
      a := v[4];
      b := ((a >> 6) | (a << 26)) # ((a >> 11) | (a << 21)) # ((a >> 25) | (a << 7));
      a := v[7] + k[i] + w[i] + (b & word) + ((a & v[5]) # ((word - a) & v[6]));
      b := v[0];
      b := ((b >> 2) | (b << 30)) # ((b >> 13) | (b << 19)) # ((b >> 22) | (b << 10));
      b := (b & word) + ((v[0] & v[1]) # (v[0] & v[2]) # (v[1] & v[2]));
      v[7] := v[6]; v[6] := v[5]; v[5] := v[4]; v[4] := (v[3] + a) & word;
      v[3] := v[2]; v[2] := v[1]; v[1] := v[0]; v[0] := (a + b) & word;
    END LOOP;
    FOR i IN 0..7 LOOP h[i] := (h[i] + v[i]) & word; END LOOP;
  END LOOP;
  p := '';
  FOR i IN 0..7 LOOP p := p || decode(lpad(to_hex(h[i]), 8, '0'), 'hex'); END LOOP;
  RETURN p;
END $$;
)";

// decode(), not '\x00': a session may change how literals are read.  txid_*, not pg_xact_*: those
// are of PostgreSQL 13.
constexpr std::string_view kChain =
    R"(-- Of a row's hash a field is 0x00 when NULL, else 0x01, its length (big endian), UTF-8.
CREATE OR REPLACE FUNCTION pii._field(t text) RETURNS bytea
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN t IS NULL THEN decode('00', 'hex')
              ELSE decode('01', 'hex') || int4send(octet_length(convert_to(t, 'UTF8')))
                   || convert_to(t, 'UTF8') END $$;
CREATE OR REPLACE FUNCTION pii._row_hash(prev bytea, seq bigint, at timestamptz, actor text,
                                         action text, token text, reason text)
RETURNS bytea LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT @SHA256@(convert_to('audit-v1', 'UTF8') || decode('00', 'hex') || prev
    || pii._field(seq::text)
    || pii._field(to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
    || pii._field(actor) || pii._field(action) || pii._field(token) || pii._field(reason)) $$;
-- The head's row serialises; whoever sits on it stops others with an error, not forever.
CREATE OR REPLACE FUNCTION pii._audit(p_action text, p_token text, p_reason text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET lock_timeout = '5s' AS $$
DECLARE h pii.audit_head; t timestamptz; x bytea;
BEGIN
  -- Else COMMIT could return before the record is on disk.  It may be set back: see _committed.
  IF current_setting('synchronous_commit') IN ('off', 'local') THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;
  SELECT * INTO STRICT h FROM pii.audit_head FOR UPDATE;
  t := clock_timestamp();
  x := pii._row_hash(h.hash, h.seq + 1, t, session_user::text, p_action, p_token, p_reason);
  INSERT INTO pii.audit
    VALUES (h.seq + 1, t, session_user, p_action, p_token, p_reason, h.hash, x, txid_current());
  UPDATE pii.audit_head SET seq = h.seq + 1, hash = x;
  RETURN h.seq + 1;
END $$;
CREATE OR REPLACE FUNCTION pii._reason(p text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE r text := btrim(p, chr(32) || chr(9) || chr(10) || chr(13));
BEGIN
  IF r IS NULL OR char_length(r) NOT BETWEEN 8 AND 500 THEN
    RAISE EXCEPTION 'a reason of 8 to 500 characters is required';
  END IF;
  RETURN r;
END $$;
-- A value pasted where a token belongs must not end up in the audit.
CREATE OR REPLACE FUNCTION pii._token(p text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF p IS NULL OR char_length(p) > 256 OR p !~ '^[hs]1:[a-z0-9]{1,12}:[a-z2-7]{13,}$' THEN
    RAISE EXCEPTION 'not a token';
  END IF;
  RETURN p;
END $$;
-- The requests are this user's, young, committed by an earlier transaction, and on disk.
-- clock_timestamp(), not now(): an old transaction would stop the clock.
CREATE OR REPLACE FUNCTION pii._committed(p_seqs bigint[], p_action text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE s bigint; a pii.audit; here pg_lsn; late timestamptz;
BEGIN
  FOREACH s IN ARRAY p_seqs LOOP
    SELECT * INTO a FROM pii.audit x
      WHERE x.seq = s AND x.action = p_action AND x.actor = session_user
        AND x.at > clock_timestamp() - interval '5 minutes';
    IF NOT FOUND THEN RAISE EXCEPTION 'no such open request'; END IF;
    IF a.xid = txid_current() OR txid_status(a.xid) IS DISTINCT FROM 'committed' THEN
      RAISE EXCEPTION 'commit the request first';
    END IF;
  END LOOP;
  -- After synchronous_commit = off a crash could still take it back: wait for the disk.  An
  -- asynchronous commit is there within 3 * wal_writer_delay; the limit of 4 ends only the wait for
  -- others' WAL.
  here := pg_current_wal_insert_lsn();
  late := clock_timestamp() + 4 * current_setting('wal_writer_delay')::interval;
  WHILE pg_current_wal_flush_lsn() < here AND clock_timestamp() < late LOOP
    PERFORM pg_sleep(0.01);
  END LOOP;
END $$;
)";

constexpr std::string_view kCalls =
    R"(CREATE OR REPLACE FUNCTION pii.reveal_request(p_token text, p_reason text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN RETURN pii._audit('reveal.request', pii._token(p_token), pii._reason(p_reason)); END $$;
-- The reason of a fetch is its request's seq.  Many at once: they wait for the disk together.
CREATE OR REPLACE FUNCTION pii.reveal_fetch(p_seqs bigint[])
RETURNS TABLE (seq bigint, token text, domain text, kid text, recipient text, sealed bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '5s' AS $$
BEGIN
  PERFORM pii._committed(p_seqs, 'reveal.request');
  PERFORM pii._audit('reveal.fetch', a.token, a.seq::text)
    FROM (SELECT x.seq, x.token FROM pii.audit x WHERE x.seq = ANY (p_seqs) ORDER BY x.seq) a;
  RETURN QUERY SELECT a.seq, v.token, v.domain, v.kid, v.recipient, v.sealed
    FROM pii.audit a JOIN pii.vault v ON v.token = a.token WHERE a.seq = ANY (p_seqs);
END $$;
CREATE OR REPLACE FUNCTION pii.reveal_fetch(p_seq bigint)
RETURNS TABLE (token text, domain text, kid text, recipient text, sealed bytea)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT f.token, f.domain, f.kid, f.recipient, f.sealed
    FROM pii.reveal_fetch(ARRAY[p_seq]) f $$;
-- For commands that touch originals elsewhere.
CREATE OR REPLACE FUNCTION pii.log(p_action text, p_token text, p_reason text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '5s' AS $$
BEGIN
  IF p_action IS NULL OR p_action NOT IN ('lookup', 'subject.export', 'keys.export', 'migrate-legacy', 'rekey',
      'quarantine.show', 'quarantine.replay', 'quarantine.discard') THEN
    RAISE EXCEPTION 'not an action of pii.log';
  END IF;
  -- Who may ask for any value's token could try them all: 60 in a minute, each actor, however many
  -- sessions and machines.  Counted under the head's lock, so that none can slip by.
  IF p_action = 'lookup' THEN
    PERFORM FROM pii.audit_head FOR UPDATE;
    IF (SELECT count(*) FROM pii.audit a WHERE a.action = 'lookup' AND a.actor = session_user
        AND a.at > clock_timestamp() - interval '1 minute') >= 60 THEN
      RAISE EXCEPTION 'more than 60 lookups in a minute' USING ERRCODE = '53400';
    END IF;
  END IF;
  RETURN pii._audit(p_action, CASE WHEN p_token IS NOT NULL THEN pii._token(p_token) END,
                    pii._reason(p_reason));
END $$;
-- One token (p_subject NULL), one token of a person, or only the person (p_token NULL).  The caller
-- takes the same lock first, checks in the same transaction that no other row has the token, and
-- deletes the rows.  Whoever writes to the vault holds the lock shared.
CREATE OR REPLACE FUNCTION pii.erase(p_token text, p_reason text, p_subject text DEFAULT NULL)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '10s' AS $$
DECLARE n bigint := 0; why text := pii._reason(p_reason);
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'erase needs READ COMMITTED';
  END IF;
  PERFORM pg_advisory_xact_lock(1650554225, 2);
  PERFORM pii._audit('erase', pii._token(coalesce(p_token, p_subject)), why);
  IF p_token IS NOT NULL THEN
    DELETE FROM pii.vault v WHERE v.token = pii._token(p_token);
    GET DIAGNOSTICS n = ROW_COUNT;
    DELETE FROM pii.token_alias a WHERE a.old_token = p_token OR a.new_token = p_token;
  END IF;
  INSERT INTO pii.erased VALUES (pii._token(coalesce(p_subject, p_token)), clock_timestamp())
    ON CONFLICT (token_or_subject) DO UPDATE SET erased_at = excluded.erased_at;
  UPDATE pii.generation g SET n = g.n + 1;
  RETURN n;
END $$;
-- Originals whose tokens no row has: under the same lock, seen in the same transaction.
CREATE OR REPLACE FUNCTION pii.expire(p_tokens text[], p_reason text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '10s' AS $$
DECLARE n bigint; why text := pii._reason(p_reason);
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'expire needs READ COMMITTED';
  END IF;
  PERFORM pg_advisory_xact_lock(1650554225, 2);
  DELETE FROM pii.vault v WHERE v.token = ANY (p_tokens);
  GET DIAGNOSTICS n = ROW_COUNT;
  DELETE FROM pii.token_alias a WHERE a.old_token = ANY (p_tokens) OR a.new_token = ANY (p_tokens);
  IF n > 0 THEN
    PERFORM pii._audit('expire', NULL, format('%s [%s originals]', why, n));
    UPDATE pii.generation g SET n = g.n + 1;
  END IF;
  RETURN n;
END $$;
-- The head, for a place that the DBA cannot edit; the copy lets audit_verify find a rebuilt chain.
CREATE OR REPLACE FUNCTION pii.anchor_head(p_note text) RETURNS pii.anchor
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO pii.anchor SELECT h.seq, h.hash, clock_timestamp(), left(p_note, 200)
    FROM pii.audit_head h RETURNING * $$;
-- No rows: clean.
CREATE OR REPLACE FUNCTION pii.audit_verify() RETURNS TABLE (seq bigint, problem text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH c AS (
    SELECT a.*, lag(a.seq, 1, 0::bigint) OVER w AS before,
           lag(a.hash, 1, decode(repeat('00', 32), 'hex')) OVER w AS link
    FROM pii.audit a WINDOW w AS (ORDER BY a.seq))
  SELECT c.seq, 'gap' FROM c WHERE c.seq <> c.before + 1
  UNION ALL SELECT c.seq, 'link' FROM c WHERE c.prev_hash <> c.link
  UNION ALL SELECT c.seq, 'hash' FROM c WHERE c.hash <>
    pii._row_hash(c.prev_hash, c.seq, c.at, c.actor, c.action, c.token, c.reason)
  UNION ALL SELECT h.seq, 'head' FROM pii.audit_head h LEFT JOIN pii.audit a ON a.seq = h.seq
    WHERE h.seq <> (SELECT coalesce(max(x.seq), 0) FROM pii.audit x)
      OR (h.seq > 0 AND a.hash IS DISTINCT FROM h.hash)
  UNION ALL SELECT n.seq, 'anchor' FROM pii.anchor n LEFT JOIN pii.audit a ON a.seq = n.seq
    WHERE n.seq > 0 AND a.hash IS DISTINCT FROM n.hash $$;
)";

constexpr std::string_view kTail = R"(DO $$DECLARE f text;
BEGIN
  FOR f IN SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'pii'::regnamespace LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f);
  END LOOP;
END$$;
UPDATE pii.meta SET schema_version = @VERSION@, changed_at = now()
  WHERE schema_version < @VERSION@;
)";

constexpr int kPostgres11 = 110000;

}  // namespace

std::string CreatePiiSql(int server_version) {
  const bool has_sha256 = server_version >= kPostgres11;
  std::string sql(kTables);
  if (!has_sha256) sql += kSha256;
  sql += kChain;
  sql += kCalls;
  sql += kTail;
  sql = Fill(std::move(sql), "@SHA256@", has_sha256 ? "sha256" : "pii._sha256");
  return Fill(std::move(sql), "@VERSION@", std::to_string(pg::kPiiSchemaVersion));
}

}  // namespace bauta::schema
