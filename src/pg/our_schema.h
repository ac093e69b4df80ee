// Our schemas' versions, and how a transaction that writes to them begins.
#pragma once

namespace bauta::pg {

inline constexpr int kSchemaVersion = 2;
inline constexpr int kPiiSchemaVersion = 1;

// Three statements.  One SELECT sets what SET LOCAL would: fewer to parse.  The keepalives free
// the keys of a client whose machine died in the middle of a COPY.  The lock is shared against
// `bauta init`; what follows it sees what init committed.
inline constexpr const char* kBeginWriting =
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;"
    "SELECT set_config('lock_timeout', '5s', true), "
    "set_config('tcp_keepalives_idle', '15', true), "
    "set_config('tcp_keepalives_interval', '5', true), "
    "set_config('tcp_keepalives_count', '3', true), "
    "set_config('idle_in_transaction_session_timeout', '30s', true), "
    "set_config('statement_timeout', '300s', true), "
    "set_config('client_min_messages', 'warning', true), "
    "set_config('synchronous_commit', CASE WHEN current_setting('synchronous_commit') IN "
    "('off', 'local') THEN 'on' ELSE current_setting('synchronous_commit') END, true);"
    "SELECT pg_advisory_xact_lock_shared(1650554225, 1)";

// Until COMMIT: what takes originals away holds it alone, whoever writes to the vault shared.
inline constexpr const char* kLockVault = "SELECT pg_advisory_xact_lock(1650554225, 2)";
inline constexpr const char* kLockVaultShared =
    "SELECT pg_advisory_xact_lock_shared(1650554225, 2)";

}  // namespace bauta::pg
