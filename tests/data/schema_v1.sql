-- Schema bauta as its version 1 was created on PostgreSQL 12 and newer.
CREATE SCHEMA IF NOT EXISTS bauta;
CREATE TABLE IF NOT EXISTS bauta.meta (
  one             boolean PRIMARY KEY DEFAULT true CHECK (one),
  schema_version  integer NOT NULL,
  min_worker      integer NOT NULL,
  retention_days  integer NOT NULL DEFAULT 35 CHECK (retention_days BETWEEN 16 AND 45),
  quarantine_days integer NOT NULL DEFAULT 30,
  horizon_ms      bigint NOT NULL DEFAULT 0,
  changed_at      timestamptz NOT NULL DEFAULT now());
INSERT INTO bauta.meta (schema_version, min_worker) VALUES (1, 1) ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS bauta.pipeline (
  id         smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name       text NOT NULL UNIQUE,
  queue      text NOT NULL,
  target     text NOT NULL,
  key_spec   text NOT NULL DEFAULT 'message',
  created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE IF NOT EXISTS bauta.ledger (
  sent_ms    bigint NOT NULL CHECK (sent_ms >= 0),
  message_id uuid NOT NULL,
  pipeline   smallint NOT NULL,
  slot       smallint NOT NULL CHECK (slot = sent_ms / 86400000 % 64),
  PRIMARY KEY (sent_ms, message_id, pipeline, slot)) PARTITION BY LIST (slot);
DO $$BEGIN FOR i IN 0..63 LOOP EXECUTE format(
  'CREATE TABLE IF NOT EXISTS bauta.%I PARTITION OF bauta.ledger FOR VALUES IN (%s) WITH (vacuum_truncate=off)',
  'ledger_' || lpad(i::text, 2, '0'), i); END LOOP; END$$;
CREATE TABLE IF NOT EXISTS bauta.event_key (
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
ALTER TABLE bauta.quarantine ALTER sealed SET STORAGE EXTERNAL;
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
CREATE OR REPLACE FUNCTION bauta.expire(p_slot integer) RETURNS text
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
REVOKE ALL ON FUNCTION bauta.expire(integer) FROM PUBLIC;
CREATE OR REPLACE FUNCTION bauta.expire_rest() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DELETE FROM bauta.event_key
    WHERE first_seen < now() - (SELECT retention_days FROM bauta.meta) * interval '1d';
  DELETE FROM bauta.batch
    WHERE at < now() - (SELECT retention_days FROM bauta.meta) * interval '1d';
  UPDATE bauta.quarantine SET state = 'expired', state_at = now(), sealed = NULL
    WHERE state = 'held'
      AND at < now() - (SELECT quarantine_days FROM bauta.meta) * interval '1d';
  UPDATE bauta.quarantine SET sealed = NULL WHERE state = 'replayed' AND sealed IS NOT NULL $$;
REVOKE ALL ON FUNCTION bauta.expire_rest() FROM PUBLIC;
CREATE OR REPLACE VIEW bauta.fate AS
  SELECT l.pipeline, l.message_id, l.sent_ms, to_timestamp(l.sent_ms / 1000.0) AS sent_at,
         count(q.id) AS quarantined, count(*) FILTER (WHERE q.state = 'replayed') AS replayed
  FROM bauta.ledger l LEFT JOIN bauta.quarantine q USING (sent_ms, message_id, pipeline)
  GROUP BY 1, 2, 3;
